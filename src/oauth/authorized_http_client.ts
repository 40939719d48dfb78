import {
  type HttpBody,
  type HttpClient,
  HttpFailure,
  type HttpHeader,
  type HttpReply,
  type HttpRequest,
} from "../platform/http_client.ts";

/** How a token was come by. */
export type RenewalSource =
  /** It was there already: another request, another process or another program had it renewed. */
  | "store"
  | "refresh"
  | "sign_in";

/** A server's refusal of a request. */
export interface Refusal {
  readonly status: 401 | 403;
  /** The token that was sent, if one was. */
  readonly bearer: string | undefined;
  /** The `WWW-Authenticate` fields. */
  readonly challenges: readonly string[];
  /** The reply's text, for what it may say to the user. */
  readonly text: string;
  /** How the refused token was come by, if for this very request. */
  readonly after: RenewalSource | undefined;
  /** Whether the user may be asked to sign in for it. */
  readonly mayAskUser: boolean;
  /** The user wants another attempt, however recently one failed. */
  readonly wanted?: boolean;
}

/** What can be done about a refusal. */
export type Renewal =
  | { readonly kind: "renewed"; readonly bearer: string; readonly by: RenewalSource }
  /** Nothing: the refusal stands. */
  | { readonly kind: "unchanged" };

/** Where tokens come from. */
export interface BearerTokens {
  /** The token to send now, renewed if it is known to expire; `undefined` when there is none. */
  current(signal?: AbortSignal): Promise<string | undefined>;
  /**
   * A better token than the one that was refused: from the store, by a refresh, by signing in.
   * @throws {CausewayError} `authorization-failed` or `server-unreachable` when it cannot be had;
   * `signal.reason`
   */
  renew(refusal: Refusal, signal?: AbortSignal): Promise<Renewal>;
  /**
   * Ends whatever waits for the user; he can still finish. Resolves when no token request is under way
   * any more: one that was cut could cost the grant. Idempotent, never rejects.
   */
  close(): Promise<void>;
}

/** What {@linkcode AuthorizedHttpClient} needs. */
export interface AuthorizedHttpClientOptions {
  /** Any URL of the MCP server; only its origin gets tokens. */
  readonly server: URL;
  /** Whether something is stored for the server: else nothing is loaded before a refusal. */
  readonly hasStoredCredentials: () => Promise<boolean>;
  /** Loads the sign-in code; called once at most. */
  readonly loadTokens: () => Promise<BearerTokens>;
  /** Sign in before the first request, for servers that also serve who is not signed in (`--auth always`). */
  readonly always: boolean;
}

const MAX_RENEWALS = 5;
const MAX_STEP_UPS = 2;
const MAX_REFUSAL_BODY = 64 * 1024;

/**
 * Adds the token to requests to the server's origin. On a 401, and on a 403 that asks for more scope,
 * it obtains a better token, however long the user takes, and repeats the very same request; who
 * called does not notice. Beside {@linkcode HttpFailure}, `exchange` throws the `CausewayError` of a
 * sign-in that failed. A request that brings its own `Authorization` field passes untouched.
 */
export class AuthorizedHttpClient implements HttpClient {
  readonly #inner: HttpClient;
  readonly #options: AuthorizedHttpClientOptions;
  #tokens: Promise<BearerTokens> | undefined;
  #looked: Promise<boolean> | undefined;
  #closed = false;

  constructor(inner: HttpClient, options: AuthorizedHttpClientOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  async exchange(request: HttpRequest): Promise<HttpReply> {
    if (!this.#isOurs(request)) return await this.#inner.exchange(request);
    let bearer = await this.#cancellable(this.#currentBearer(request), request.signal);
    let after: RenewalSource | undefined;
    let stepUps = 0;
    for (let renewals = 0;; renewals++) {
      const reply = await this.#inner.exchange(withBearer(request, bearer));
      const status = refusedStatus(reply);
      if (status === undefined || renewals === MAX_RENEWALS) return reply;
      if (status === 403 && ++stepUps > MAX_STEP_UPS) return reply;
      const bytes = await refusalBody(reply.body);
      const text = new TextDecoder().decode(bytes);
      const challenges = reply.headers.all("www-authenticate");
      if (isSessionRefusal(request, challenges, text)) {
        return { ...reply, body: new ReadBody(bytes) };
      }
      const mayAskUser = request.mayAskUser !== false;
      // Without a token there is nothing to renew that would not need the user.
      if (!mayAskUser && bearer === undefined) return { ...reply, body: new ReadBody(bytes) };
      const refusal: Refusal = { status, bearer, challenges, text, after, mayAskUser };
      const tokens = await this.#load();
      const renewal = await this.#cancellable(
        tokens.renew(refusal, request.signal),
        request.signal,
      );
      if (renewal.kind === "unchanged") return { ...reply, body: new ReadBody(bytes) };
      bearer = renewal.bearer;
      after = renewal.by;
    }
  }

  dropIdleConnections(): void {
    this.#inner.dropIdleConnections();
  }

  close(): void {
    this.#closed = true;
    this.#tokens?.then((tokens) => tokens.close(), () => {});
    this.#inner.close();
  }

  #isOurs(request: HttpRequest): boolean {
    return request.url.origin === this.#options.server.origin &&
      !request.headers.some(([name]) => name.toLowerCase() === "authorization");
  }

  async #currentBearer({ signal, mayAskUser }: HttpRequest): Promise<string | undefined> {
    if (this.#tokens === undefined && !this.#options.always) {
      this.#looked ??= this.#options.hasStoredCredentials();
      if (!await this.#looked) return undefined;
    }
    const tokens = await this.#load();
    const bearer = await tokens.current(signal);
    if (bearer !== undefined || !this.#options.always || mayAskUser === false) return bearer;
    const nothing = { bearer: undefined, challenges: [], text: "", after: undefined } as const;
    const renewal = await tokens.renew({ ...nothing, status: 401, mayAskUser: true }, signal);
    return renewal.kind === "renewed" ? renewal.bearer : undefined;
  }

  /** The request was refused or not sent at all: a wait that is cancelled leaves nothing at the server. */
  async #cancellable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (signal?.aborted !== true && !this.#closed) throw error;
      throw new HttpFailure("cancelled", "not_sent", "the request was cancelled", { cause: error });
    }
  }

  #load(): Promise<BearerTokens> {
    this.#tokens ??= this.#options.loadTokens();
    return this.#tokens;
  }
}

function withBearer(request: HttpRequest, bearer: string | undefined): HttpRequest {
  if (bearer === undefined) return request;
  const field: HttpHeader = ["authorization", `Bearer ${bearer}`];
  return { ...request, headers: [...request.headers, field] };
}

/** A 401, or a 403 whose challenge asks for more scope; the token source reads it exactly. */
function refusedStatus(reply: HttpReply): 401 | 403 | undefined {
  if (reply.status === 401) return 401;
  if (reply.status !== 403) return undefined;
  const fields = reply.headers.all("www-authenticate");
  return fields.some((field) => /insufficient_scope/i.test(field)) ? 403 : undefined;
}

/** Some servers answer 401 to a session that they do not know (any more): that is the transport's affair. */
function isSessionRefusal(
  request: HttpRequest,
  challenges: readonly string[],
  text: string,
): boolean {
  return challenges.length === 0 && /session/i.test(text) &&
    request.headers.some(([name]) => name.toLowerCase() === "mcp-session-id");
}

/** The body is read at once: the connection must not stay open for as long as the user takes. */
async function refusalBody(body: HttpBody): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await body.bytes(MAX_REFUSAL_BODY);
  } catch {
    body.cancel();
    return new Uint8Array();
  }
}

/** A body that was read already. */
class ReadBody implements HttpBody {
  #bytes: Uint8Array<ArrayBuffer> | undefined;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    return Promise.resolve(bytes?.length === 0 ? undefined : bytes);
  }

  async bytes(limit: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.read() ?? new Uint8Array();
    if (bytes.length <= limit) return bytes;
    throw new HttpFailure("too_large", "unknown", `the body is larger than ${limit} bytes`);
  }

  cancel(): void {
    this.#bytes = undefined;
  }
}
