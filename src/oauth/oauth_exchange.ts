import { judgeMetadataUrl } from "./metadata_url_policy.ts";
import { displayUrl } from "./network_text.ts";
import type { Clock } from "../platform/clock.ts";
import {
  type HttpClient,
  HttpFailure,
  type HttpHeader,
  type HttpRequest,
} from "../platform/http_client.ts";

/** A whole reply to one of our own requests, as text. */
export interface TextReply {
  readonly url: URL;
  readonly status: number;
  /** The media type in lower case without parameters; empty when the reply names none. */
  readonly mediaType: string;
  readonly location: string | undefined;
  readonly text: string;
}

/** How {@linkcode OAuthExchange} sends. */
export interface OAuthExchangeOptions {
  readonly clock: Pick<Clock, "after">;
  /** The MCP server; what its documents name is judged by where it is. */
  readonly server: URL;
  /** The user's own header fields for a URL: those meant for its origin, and no others. */
  readonly headersFor?: (url: URL) => readonly HttpHeader[];
}

/** Counted after decompression. Metadata with thousands of scopes stays far below. */
const MAX_BODY = 1024 * 1024;
/** Milliseconds for a whole exchange: a reply that drips would keep others waiting, too. */
const DISCOVERY_TIMEOUT = 15_000;
const TOKEN_TIMEOUT = 30_000;
const MAX_REDIRECTS = 3;

/**
 * Sends the requests of the sign-in: small, complete replies, bounded in size and time. Cookies are
 * never kept. Only discovery follows redirects, each judged like any other URL from the network:
 * requests with secrets go where they were meant to go or nowhere.
 */
export class OAuthExchange {
  readonly #http: HttpClient;
  readonly #options: OAuthExchangeOptions;

  constructor(http: HttpClient, options: OAuthExchangeOptions) {
    this.#http = http;
    this.#options = options;
  }

  /**
   * Gets a metadata document, over at most three redirects.
   * @throws {HttpFailure}
   */
  async getDocument(url: URL, signal?: AbortSignal): Promise<TextReply> {
    let current = url;
    for (let followed = 0;; followed++) {
      const reply = await this.#send("GET", current, [["accept", "application/json"]], {
        timeout: DISCOVERY_TIMEOUT,
        signal,
      });
      const target = this.#redirectTarget(reply);
      if (target === undefined || followed === MAX_REDIRECTS) return reply;
      current = target;
    }
  }

  /**
   * Gets a page without following anywhere.
   * @throws {HttpFailure}
   */
  getPage(url: URL, signal?: AbortSignal): Promise<TextReply> {
    const accept: HttpHeader = ["accept", "text/html, application/json;q=0.9, */*;q=0.1"];
    return this.#send("GET", url, [accept], { timeout: DISCOVERY_TIMEOUT, signal });
  }

  /**
   * Posts a form (token, device authorization and revocation requests).
   * @throws {HttpFailure}
   */
  postForm(
    url: URL,
    form: URLSearchParams,
    options: { readonly headers?: readonly HttpHeader[]; readonly signal?: AbortSignal } = {},
  ): Promise<TextReply> {
    const headers: HttpHeader[] = [
      ["content-type", "application/x-www-form-urlencoded"],
      ["accept", "application/json"],
      ...options.headers ?? [],
    ];
    return this.#send("POST", url, headers, {
      timeout: TOKEN_TIMEOUT,
      signal: options.signal,
      body: form.toString(),
    });
  }

  /**
   * Posts a JSON document (client registration).
   * @throws {HttpFailure}
   */
  postJson(url: URL, document: unknown, signal?: AbortSignal): Promise<TextReply> {
    const headers: HttpHeader[] = [
      ["content-type", "application/json"],
      ["accept", "application/json"],
    ];
    return this.#send("POST", url, headers, {
      timeout: TOKEN_TIMEOUT,
      signal,
      body: JSON.stringify(document),
    });
  }

  #redirectTarget(reply: TextReply): URL | undefined {
    if (![301, 302, 303, 307, 308].includes(reply.status) || reply.location === undefined) {
      return undefined;
    }
    if (!URL.canParse(reply.location, reply.url)) return undefined;
    const target = new URL(reply.location, reply.url);
    if (reply.url.protocol === "https:" && target.protocol !== "https:") return undefined;
    const verdict = judgeMetadataUrl(target.href, this.#options.server);
    return verdict.kind === "allowed" ? verdict.url : undefined;
  }

  async #send(
    method: HttpRequest["method"],
    url: URL,
    headers: readonly HttpHeader[],
    options: {
      readonly timeout: number;
      readonly signal: AbortSignal | undefined;
      readonly body?: string;
    },
  ): Promise<TextReply> {
    const late = new AbortController();
    const timer = this.#options.clock.after(options.timeout, () => late.abort());
    const signals = options.signal === undefined ? [late.signal] : [options.signal, late.signal];
    try {
      const reply = await this.#http.exchange({
        method,
        url,
        headers: this.#withOwnHeaders(url, headers),
        signal: AbortSignal.any(signals),
        ...(options.body === undefined ? {} : { body: new TextEncoder().encode(options.body) }),
      });
      const bytes = await reply.body.bytes(MAX_BODY);
      const contentType = reply.headers.get("content-type") ?? "";
      return {
        url,
        status: reply.status,
        mediaType: (contentType.split(";")[0] ?? "").trim().toLowerCase(),
        location: reply.headers.get("location"),
        text: new TextDecoder().decode(bytes),
      };
    } catch (failure) {
      if (!late.signal.aborted || options.signal?.aborted === true) throw failure;
      const seconds = options.timeout / 1000;
      throw new HttpFailure("body_timeout", "unknown", `no whole reply within ${seconds} seconds`);
    } finally {
      timer.stop();
    }
  }

  /** The user's fields go along, but never in the place of one that the request itself needs. */
  #withOwnHeaders(url: URL, headers: readonly HttpHeader[]): readonly HttpHeader[] {
    const own = this.#options.headersFor?.(url) ?? [];
    const names = new Set(["authorization", ...headers.map(([name]) => name.toLowerCase())]);
    return [...headers, ...own.filter(([name]) => !names.has(name.toLowerCase()))];
  }
}

/** What went wrong with an exchange, for people: never with the URL's query. */
export function failureText(url: URL, failure: unknown): string {
  const what = failure instanceof HttpFailure ? failure.kind.replaceAll("_", " ") : "failed";
  return `${displayUrl(url)}: ${what}`;
}
