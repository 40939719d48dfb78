import { displayUrl } from "./addresses.ts";
import { CookieJar } from "./cookie_jar.ts";
import { isRedirect, judgeRedirect, MAX_REDIRECTS } from "./redirect_policy.ts";
import {
  type HttpClient,
  HttpFailure,
  type HttpHeader,
  type HttpReply,
  type HttpRequest,
} from "../platform/http_client.ts";

/** What belongs to one server and must not reach another. */
export interface OriginBound {
  /** Any URL of the server; only its origin counts. */
  readonly server: URL;
  /** The user's own header fields, asked for each request; they win over the request's own. */
  readonly headers: () => readonly HttpHeader[];
  /** Whether the server's cookies are kept and sent back (unless the user gave a `Cookie` field). */
  readonly keepCookies: boolean;
  readonly wallTime: () => number;
}

/**
 * Adds the user's headers and the server's cookies to requests to the server's own origin, to no
 * other, and follows redirects under {@linkcode judgeRedirect}. A permanent redirect within the
 * origin is remembered.
 */
export class OriginBoundClient implements HttpClient {
  readonly #client: HttpClient;
  readonly #bound: OriginBound;
  readonly #cookies: CookieJar;
  readonly #moved = new Map<string, URL>();

  constructor(client: HttpClient, bound: OriginBound) {
    this.#client = client;
    this.#bound = bound;
    this.#cookies = new CookieJar(bound.wallTime);
  }

  async exchange(request: HttpRequest): Promise<HttpReply> {
    const moved = this.#moved.get(request.url.href);
    let current = moved === undefined ? request : { ...request, url: moved };
    for (let followed = 0;; followed++) {
      const reply = await this.#client.exchange(this.#withOwnHeaders(current, request.url));
      this.#keepCookies(current.url, reply);
      if (!isRedirect(reply.status)) return answered(reply, current.url, request.url);
      reply.body.cancel();
      const next = this.#next(current, reply, followed);
      if (next.sameOrigin && (reply.status === 308 || reply.status === 301)) {
        this.#moved.set(current.url.href, next.url);
      }
      current = { ...current, url: next.url };
    }
  }

  dropIdleConnections(): void {
    this.#client.dropIdleConnections();
  }

  close(): void {
    this.#client.close();
  }

  #next(
    request: HttpRequest,
    reply: HttpReply,
    followed: number,
  ): { url: URL; sameOrigin: boolean } {
    const verdict = judgeRedirect(request, reply.status, reply.headers.get("location"));
    if (verdict.kind === "refuse" || followed === MAX_REDIRECTS) {
      const reason = verdict.kind === "refuse" ? verdict.reason : "there are too many redirects";
      throw new HttpFailure(
        "protocol",
        "not_sent",
        `Cannot follow the redirect (HTTP ${reply.status}) of "${
          displayUrl(request.url)
        }": ${reason}`,
        { hint: "give the server's final URL as the argument" },
      );
    }
    return verdict;
  }

  #withOwnHeaders(request: HttpRequest, asked: URL): HttpRequest {
    if (request.url.origin !== this.#bound.server.origin) {
      return request.url.origin === asked.origin ? request : withoutAuthorization(request);
    }
    const own = this.#bound.headers();
    const cookie = this.#bound.keepCookies ? this.#cookies.header(request.url) : undefined;
    if (own.length === 0 && cookie === undefined) return request;
    const names = new Set(own.map(([name]) => name.toLowerCase()));
    const headers = request.headers.filter(([name]) => !names.has(name.toLowerCase()));
    if (cookie !== undefined && !names.has("cookie")) headers.push(["cookie", cookie]);
    return { ...request, headers: [...headers, ...own] };
  }

  #keepCookies(url: URL, reply: HttpReply): void {
    if (!this.#bound.keepCookies || url.origin !== this.#bound.server.origin) return;
    const fields = reply.headers.all("set-cookie");
    if (fields.length > 0) this.#cookies.store(url, fields);
  }
}

/** The reply, with who answered where that is not who was asked. */
function answered(reply: HttpReply, url: URL, asked: URL): HttpReply {
  if (url.href === asked.href) return reply;
  const { status, headers, body } = reply;
  return { status, headers, body, redirectedTo: url };
}

/** After a redirect to a foreign origin: what proved who we are stays behind. */
function withoutAuthorization(request: HttpRequest): HttpRequest {
  return {
    ...request,
    headers: request.headers.filter(([name]) => !/^(?:authorization|cookie)$/i.test(name)),
  };
}
