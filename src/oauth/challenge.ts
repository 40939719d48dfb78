/** What a `WWW-Authenticate` challenge with the Bearer scheme says (RFC 6750 section 3, RFC 9728 section 5.1). */
export interface BearerChallenge {
  /** `resource_metadata`: where the protected resource's metadata is. */
  readonly resourceMetadata?: string;
  /** `scope`: what the request would have needed, space-separated. */
  readonly scope?: string;
  readonly error?: string;
  readonly errorDescription?: string;
}

/** One challenge of a `WWW-Authenticate` field (RFC 9110 section 11.3). Names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly token68?: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const BLANK = /[ \t]*/y;
const SEPARATOR = /[ \t,]*/y;
const UNQUOTED = /[^\s,"]+/y;
/** Longer fields are cut: no honest challenge is that long. */
const MAX_FIELD = 16_384;

/**
 * Parses `WWW-Authenticate` fields, each with one or several challenges. What cannot be read is left
 * out; what stands before it counts.
 */
export function parseChallenges(fields: readonly string[]): readonly Challenge[] {
  return fields.flatMap((field) => new FieldParser(field.slice(0, MAX_FIELD)).challenges());
}

/**
 * The Bearer challenge among the fields. Of several, the first that names metadata or an error; a
 * parameter that stands twice counts the first time.
 */
export function bearerChallenge(fields: readonly string[]): BearerChallenge | undefined {
  const bearers = parseChallenges(fields).filter((challenge) => challenge.scheme === "bearer");
  const chosen = bearers.find(({ parameters }) => parameters.has("resource_metadata")) ??
    bearers.find(({ parameters }) => parameters.has("error")) ?? bearers[0];
  if (chosen === undefined) return undefined;
  const { parameters } = chosen;
  const resourceMetadata = nonEmpty(parameters.get("resource_metadata"));
  const scope = nonEmpty(parameters.get("scope"));
  const error = nonEmpty(parameters.get("error"));
  const errorDescription = nonEmpty(parameters.get("error_description"));
  return {
    ...(resourceMetadata === undefined ? {} : { resourceMetadata }),
    ...(scope === undefined ? {} : { scope }),
    ...(error === undefined ? {} : { error }),
    ...(errorDescription === undefined ? {} : { errorDescription }),
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === "" ? undefined : trimmed;
}

/** A cursor over one field value. */
class FieldParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  challenges(): Challenge[] {
    const found: Challenge[] = [];
    for (;;) {
      this.#take(SEPARATOR);
      const scheme = this.#take(TOKEN);
      if (scheme === "") return found;
      this.#take(BLANK);
      const token68 = this.#token68();
      const parameters = token68 === undefined ? this.#parameters() : new Map<string, string>();
      found.push({
        scheme: scheme.toLowerCase(),
        ...(token68 === undefined ? {} : { token68 }),
        parameters,
      });
    }
  }

  /** A token68 reaches to a comma or the end, so `a=b` is none (it is a parameter) and `abc==` is. */
  #token68(): string | undefined {
    const text = this.#take(TOKEN68);
    return text === "" ? undefined : text;
  }

  #parameters(): Map<string, string> {
    const parameters = new Map<string, string>();
    for (;;) {
      const start = this.#at;
      this.#take(SEPARATOR);
      const name = this.#take(TOKEN).toLowerCase();
      this.#take(BLANK);
      if (name === "" || this.#text[this.#at] !== "=") {
        // The next challenge's scheme, or the end.
        this.#at = start;
        return parameters;
      }
      this.#at += 1;
      this.#take(BLANK);
      const value = this.#text[this.#at] === '"' ? this.#quoted() : this.#take(UNQUOTED);
      if (!parameters.has(name)) parameters.set(name, value);
    }
  }

  /** A quoted string (RFC 9110 section 5.6.4); one that is never closed reaches to the end. */
  #quoted(): string {
    let value = "";
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text[this.#at];
      if (character === '"') {
        this.#at += 1;
        return value;
      }
      if (character === "\\" && this.#at + 1 < this.#text.length) this.#at += 1;
      value += this.#text[this.#at];
    }
    return value;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += taken.length;
    return taken;
  }
}
