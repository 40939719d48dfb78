import { classifyBodyError, classifyFetchError } from "./fetch_error.ts";
import type { FetchRoute } from "./fetch_route.ts";
import type { HttpFailure, HttpReply, HttpReplyHeaders, HttpRequest } from "./http_client.ts";
import type { HttpExchange } from "./http_exchange.ts";
import { announcedLength, type ContentSource, ReplyBody } from "./reply_body.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a request says it comes from when its caller does not say it. */
const USER_AGENT = "causeway";

/**
 * Sends the request by `fetch`; resolves when the header section of the reply is there.
 * @throws {HttpFailure} never anything else
 */
export async function fetchReply(exchange: HttpExchange, route: FetchRoute): Promise<HttpReply> {
  const { request, url } = exchange;
  const response = await exchange.headers(
    () => fetch(url, { ...initOf(request), client: route.client, signal: exchange.signal }),
    (error) => classifyFetchError(error, { url, proxy: route.proxy }),
  );
  return {
    status: response.status,
    headers: new FetchHeaders(response.headers),
    body: new ReplyBody(new ResponseContent(response, request), exchange),
  };
}

function initOf({ method, headers, body }: HttpRequest): RequestInit {
  const fields = headers.map(([name, value]): [string, string] => [name, value]);
  if (!fields.some(([name]) => name.toLowerCase() === "user-agent")) {
    fields.push(["user-agent", USER_AGENT]);
  }
  return {
    method,
    headers: fields,
    redirect: "manual",
    ...(body === undefined ? {} : { body: onceOnly(body) }),
  };
}

/**
 * The runtime sends a request whose body it can copy once more, on its own, when a connection that
 * it had kept open ends before the reply (2.7 and later) - although the server may have carried the
 * request out. It cannot copy a Blob, and sends it with its `Content-Length` all the same.
 */
function onceOnly(body: Bytes): BodyInit {
  return body.length === 0 ? body : new Blob([body]);
}

class ResponseContent implements ContentSource {
  readonly announcedLength: number | undefined;
  readonly #response: Response;
  readonly #url: URL;
  #reader: ReadableStreamDefaultReader<Bytes> | undefined;

  constructor(response: Response, request: HttpRequest) {
    this.#response = response;
    this.#url = request.url;
    // The runtime takes both fields away where it decompresses.
    this.announcedLength = request.method === "HEAD" || response.body === null
      ? undefined
      : announcedLength(
        response.headers.get("content-length") ?? undefined,
        response.headers.get("content-encoding") ?? undefined,
      );
  }

  async next(): Promise<Bytes | undefined> {
    this.#reader ??= this.#response.body?.getReader();
    return (await this.#reader?.read())?.value;
  }

  async all(): Promise<Bytes> {
    return new Uint8Array(await this.#response.arrayBuffer());
  }

  cancel(): void {
    const stream = this.#reader ?? this.#response.body;
    stream?.cancel().catch(() => {});
  }

  classify(error: unknown): HttpFailure {
    return classifyBodyError(error, this.#url);
  }
}

class FetchHeaders implements HttpReplyHeaders {
  readonly #headers: Headers;

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  get(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined;
  }

  all(name: string): readonly string[] {
    if (name.toLowerCase() === "set-cookie") return this.#headers.getSetCookie();
    const value = this.#headers.get(name);
    return value === null ? [] : [value];
  }
}
