import { PATIENCE } from "./until.ts";

/** A page as the browser shows it in the end. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** What the user does on a consent page. */
export type Decision = "approve" | "deny";

const MAXIMUM_STEPS = 25;

/**
 * What a user's browser does with an authorization URL: follows redirects, keeps cookies, signs in on
 * login forms and decides on consent forms, until it is sent to the redirect URI. One instance is one
 * browser profile of the user `alice`.
 */
export class ScriptedBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly #fields: Readonly<Record<string, string>>;

  /** `fields` are what the user types into text fields, by field name. */
  constructor(fields: Readonly<Record<string, string>> = {}) {
    this.#fields = { login: "alice", password: "correct horse", ...fields };
  }

  /**
   * Signs in at the authorization URL and loads the redirect URI: the page that the program shows.
   * When the server never redirects, the page on which the browser stays.
   */
  async signIn(authorizationUrl: string, decision: Decision = "approve"): Promise<Page> {
    const end = await this.#walk(authorizationUrl, decision);
    return "callback" in end ? await this.load(end.callback) : end;
  }

  /**
   * Signs in but does not load the redirect URI: what a user copies from the address bar of a browser
   * that cannot reach the program.
   * @throws {Error} when the server does not redirect there
   */
  async callbackUrl(authorizationUrl: string, decision: Decision = "approve"): Promise<string> {
    const end = await this.#walk(authorizationUrl, decision);
    if ("callback" in end) return end.callback;
    throw new Error(`stayed at ${end.url.href} (${end.status}): ${end.body.slice(0, 200)}`);
  }

  /** Loads one URL, follows its redirects, and fills in no form. */
  async load(url: string): Promise<Page> {
    let next = url;
    for (let step = 0; step < MAXIMUM_STEPS; step++) {
      const page = await this.#request(next, undefined);
      const location = page.headers.get("location");
      if (page.status < 300 || page.status > 399 || location === null) return page;
      next = new URL(location, page.url).href;
    }
    throw new Error(`too many redirects from ${url}`);
  }

  /** Goes through a page of the authorization server that has no redirect URI (device verification). */
  async fillIn(url: string, decision: Decision = "approve"): Promise<Page> {
    const end = await this.#walk(url, decision);
    if ("callback" in end) throw new Error(`sent to ${end.callback}`);
    return end;
  }

  async #walk(start: string, decision: Decision): Promise<Page | { readonly callback: string }> {
    const redirectUri = new URL(start).searchParams.get("redirect_uri");
    let next: { readonly url: string; readonly form: URLSearchParams | undefined } = {
      url: start,
      form: undefined,
    };
    for (let step = 0; step < MAXIMUM_STEPS; step++) {
      if (redirectUri !== null && isAt(next.url, redirectUri)) return { callback: next.url };
      const page = await this.#request(next.url, next.form);
      const location = page.headers.get("location");
      if (page.status >= 300 && page.status < 400 && location !== null) {
        next = { url: new URL(location, page.url).href, form: undefined };
        continue;
      }
      const cancel = decision === "deny" ? readCancelLink(page.body) : undefined;
      if (cancel !== undefined) {
        next = { url: new URL(cancel, page.url).href, form: undefined };
        continue;
      }
      const form = page.status < 400 ? readForm(page.body) : undefined;
      if (form === undefined) return page;
      const action = form.action === "" ? new URL(page.url) : new URL(form.action, page.url);
      const fields = this.#fill(form, decision);
      if (form.method === "post") next = { url: action.href, form: fields };
      else {
        action.search = fields.toString();
        next = { url: action.href, form: undefined };
      }
    }
    throw new Error(`no end from ${start}`);
  }

  #fill(form: Form, decision: Decision): URLSearchParams {
    const fields = new URLSearchParams();
    for (const input of form.inputs) {
      if (input.name === "decision") continue;
      fields.set(input.name, this.#fields[input.name] ?? input.value);
    }
    if (form.inputs.some((input) => input.name === "decision")) fields.set("decision", decision);
    return fields;
  }

  async #request(url: string, form: URLSearchParams | undefined): Promise<Page> {
    const target = new URL(url);
    const jar = this.#jar(target.origin);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(new Error(`${url} does not load`)), PATIENCE);
    try {
      const response = await fetch(url, {
        method: form === undefined ? "GET" : "POST",
        redirect: "manual",
        headers: { accept: "text/html,*/*", "sec-fetch-mode": "navigate", cookie },
        signal: patience.signal,
        ...(form === undefined ? {} : { body: form }),
      });
      keepCookies(jar, response.headers);
      const { status, headers } = response;
      return { url: target, status, headers, body: await response.text() };
    } finally {
      clearTimeout(timer);
    }
  }

  #jar(origin: string): Map<string, string> {
    const jar = this.#cookies.get(origin) ?? new Map([["fake_session", "alice"]]);
    this.#cookies.set(origin, jar);
    return jar;
  }
}

function keepCookies(jar: Map<string, string>, headers: Headers): void {
  for (const field of headers.getSetCookie()) {
    const match = /^([^=;]+)=([^;]*)/.exec(field);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    if (match[2] === "") jar.delete(match[1]);
    else jar.set(match[1], match[2]);
  }
}

interface Form {
  readonly action: string;
  readonly method: "get" | "post";
  readonly inputs: readonly { readonly name: string; readonly value: string }[];
}

/** The first form of a page, by the few rules that the pages in these tests need. */
function readForm(html: string): Form | undefined {
  const match = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const inputs = [...match[2].matchAll(/<(?:input|button)\b([^>]*)>/gi)].flatMap((found) => {
    const name = attribute(found[1] ?? "", "name");
    return name === undefined ? [] : [{ name, value: attribute(found[1] ?? "", "value") ?? "" }];
  });
  return {
    action: attribute(match[1], "action") ?? "",
    method: attribute(match[1], "method")?.toLowerCase() === "post" ? "post" : "get",
    inputs,
  };
}

/** Where a link that says Cancel leads. */
function readCancelLink(html: string): string | undefined {
  const match = /<a\b([^>]*)>\W*Cancel\W*<\/a>/i.exec(html);
  return match?.[1] === undefined ? undefined : attribute(match[1], "href");
}

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "i").exec(tag);
  return (match?.[1] ?? match?.[2])?.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

function isAt(url: string, redirectUri: string): boolean {
  const [here, there] = [new URL(url), new URL(redirectUri)];
  return here.origin === there.origin && here.pathname === there.pathname;
}
