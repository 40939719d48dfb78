import { assert } from "@std/assert";
import {
  type HttpBody,
  type HttpClient,
  HttpFailure,
  type HttpReply,
  type HttpRequest,
} from "../../../src/platform/http_client.ts";
import { openWireHttpClient } from "../../../src/platform/http_wire_client.ts";
import { FakeRuntime, PLAIN_OPTIONS } from "./http_wire_fakes.ts";

/** A reply of two bytes. */
export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
/** The head of a reply of ten bytes. */
export const LENGTH_10 = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
/** The head of a chunked reply. */
export const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
/** The head of a reply that ends with its connection. */
export const UNTIL_CLOSE = "HTTP/1.1 200 OK\r\n\r\n";

/** A client whose servers are the test. */
export interface Fixture {
  readonly client: HttpClient;
  readonly runtime: FakeRuntime;
  /** A POST of `{}`, with what was given for it. */
  readonly request: HttpRequest;
  /** Sends the request. */
  post(rest?: Partial<HttpRequest>): Promise<HttpReply>;
}

/** A client, and a request for it. */
export function fixture(rest: Partial<HttpRequest> = {}): Fixture {
  const runtime = new FakeRuntime();
  const client = openWireHttpClient(PLAIN_OPTIONS, runtime);
  const url = new URL("http://192.0.2.1:81/mcp?token=secret");
  const body = new TextEncoder().encode("{}");
  const request: HttpRequest = { method: "POST", url, headers: [], body, ...rest };
  return { client, runtime, request, post: (more) => client.exchange({ ...request, ...more }) };
}

/** Has connections to come answer each write with the reply. */
export function answerWith(runtime: FakeRuntime, reply: string): void {
  runtime.onConnect = (socket) => socket.onWrite = () => socket.send(reply);
}

/** The body of a reply of which only the head, and what is in `beginning` behind it, has come. */
export async function openBody({ runtime, post }: Fixture, beginning: string): Promise<HttpBody> {
  answerWith(runtime, beginning);
  return (await post()).body;
}

/** The content of a reply. */
export async function text(reply: Promise<HttpReply>): Promise<string> {
  return new TextDecoder().decode(await (await reply).body.bytes(1 << 30));
}

/** `kind delivery`; the message names the server and holds no secret. */
export function summary(failure: unknown): string {
  if (!(failure instanceof HttpFailure)) throw failure;
  const { kind, delivery, message } = failure;
  assert(message.includes('"http://192.0.2.1:81"') && !message.includes("secret"), message);
  return `${kind} ${delivery}`;
}
