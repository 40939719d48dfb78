import type { JsonObject, JsonValue } from "../../src/jsonrpc/frame.ts";
import { PATIENCE, until, within } from "./until.ts";

/** One line that the bridge wrote. */
export interface ReceivedLine {
  /** The line as it came, without its newline. */
  readonly raw: string;
  readonly json: JsonObject;
}

/** Answers a request of the server with a result. */
export type RequestHandler = (params: JsonObject) => JsonObject;

/** A request that was sent. */
export interface SentRequest {
  readonly id: string | number;
  /** The whole response. */
  readonly answer: Promise<JsonObject>;
  /** Whether the response is there. */
  readonly answered: boolean;
}

const encoder = new TextEncoder();

/**
 * A stdio MCP client for tests. It sends what it is told, keeps everything it gets, and notes whatever a
 * real client would choke on: lines that are no JSON-RPC, answers that come twice or that nobody asked for.
 */
export class StdioPeer {
  readonly lines: ReceivedLine[] = [];
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #said: () => string;
  readonly #handlers = new Map<string, RequestHandler>([["ping", () => ({})]]);
  readonly #asked = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #violations: string[] = [];
  readonly #waiters = new Map<string, (response: JsonObject) => void>();
  #pieces: Uint8Array[] = [];
  #nextId = 1;

  /**
   * @param write passes bytes to the bridge's standard input
   * @param said what the bridge said for people so far, to explain an answer that is missing
   */
  constructor(write: (bytes: Uint8Array) => Promise<void>, said: () => string = () => "") {
    this.#write = write;
    this.#said = said;
  }

  /** What the bridge did that no bridge may do. */
  get violations(): readonly string[] {
    const rest = this.#pieces.length === 0 ? [] : ["the output ends within a line"];
    return [...this.#violations, ...rest];
  }

  /** An unfinished line at the end is no violation. */
  forgetUnfinishedLine(): void {
    this.#pieces = [];
  }

  /** Takes bytes of the bridge's standard output. */
  take(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      this.#pieces.push(chunk.subarray(start, end));
      this.#takeLine(joined(this.#pieces));
      this.#pieces = [];
      start = end + 1;
    }
    if (start < chunk.length) this.#pieces.push(chunk.slice(start));
  }

  /** Sends text or bytes as they are; a newline is not added. */
  async sendRaw(raw: string | Uint8Array): Promise<void> {
    await this.#write(typeof raw === "string" ? encoder.encode(raw) : raw);
  }

  /** Lets an answer to `id` be expected, for a request that is sent as raw text. */
  expect(id: string | number): void {
    this.#asked.add(JSON.stringify(id));
  }

  /** Sends one message; its text goes out as it is given. */
  async send(message: JsonObject | string): Promise<void> {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    const asked: unknown = JSON.parse(text);
    for (const one of Array.isArray(asked) ? asked : [asked]) {
      if ("method" in one && "id" in one) this.#asked.add(JSON.stringify(one.id));
    }
    await this.sendRaw(`${text}\n`);
  }

  /** Sends a request, and hands back its answer when it comes. */
  async start(method: string, params?: JsonObject, id?: string | number): Promise<SentRequest> {
    const own = id ?? this.#nextId++;
    const answer = this.answerTo(own, method);
    answer.catch(() => {});
    const rest = params === undefined ? {} : { params };
    await this.send({ jsonrpc: "2.0", id: own, method, ...rest });
    const answered = this.#answered;
    return {
      id: own,
      answer,
      get answered() {
        return answered.has(JSON.stringify(own));
      },
    };
  }

  /** Sends a request and waits for its whole response. */
  async request(
    method: string,
    params?: JsonObject,
    id?: string | number,
  ): Promise<JsonObject> {
    return await (await this.start(method, params, id)).answer;
  }

  /** The response to the request with this id, waited for. */
  answerTo(id: JsonValue, method: string, patience = PATIENCE): Promise<JsonObject> {
    const key = JSON.stringify(id);
    const found = this.lines.find(({ json }) =>
      isResponse(json) && JSON.stringify(json["id"]) === key
    );
    if (found !== undefined) return Promise.resolve(found.json);
    const response = new Promise<JsonObject>((resolve) => this.#waiters.set(key, resolve));
    return within(`the answer to ${method} (id ${key})`, response, patience).catch((error) => {
      throw new Error(`${error.message}; the bridge said:\n${this.#said()}`);
    });
  }

  /** Sends a notification. */
  async notify(method: string, params?: JsonObject): Promise<void> {
    await this.send({ jsonrpc: "2.0", method, ...(params === undefined ? {} : { params }) });
  }

  /** Says `initialize`, waits for the answer, says `notifications/initialized`; returns the response. */
  async initialize(protocolVersion = "2025-06-18"): Promise<JsonObject> {
    const response = await this.request("initialize", initializeParams(protocolVersion));
    if ("result" in response) await this.notify("notifications/initialized");
    return response;
  }

  /** Calls a tool and waits for its whole response. */
  async call(name: string, given: JsonObject = {}, meta?: JsonObject): Promise<JsonObject> {
    return await (await this.startCall(name, given, meta)).answer;
  }

  /** Calls a tool. */
  async startCall(name: string, given: JsonObject = {}, meta?: JsonObject): Promise<SentRequest> {
    const params = { name, arguments: given, ...(meta === undefined ? {} : { _meta: meta }) };
    return await this.start("tools/call", params);
  }

  /** Answers requests of the server with this method from now on. */
  onRequest(method: string, handler: RequestHandler): void {
    this.#handlers.set(method, handler);
  }

  /** The lines whose message has this method. */
  linesOf(method: string): readonly ReceivedLine[] {
    return this.lines.filter(({ json }) => json["method"] === method);
  }

  /** The first message with this method, waited for. */
  async waitFor(method: string, count = 1): Promise<JsonObject> {
    await until(`${count} message(s) ${method}`, () => this.linesOf(method).length >= count);
    return this.linesOf(method)[count - 1]?.json ?? {};
  }

  #takeLine(bytes: Uint8Array): void {
    const raw = new TextDecoder().decode(bytes);
    let parsed: unknown;
    try {
      parsed = JSON.parse(raw);
    } catch {
      this.#violations.push(`no JSON on stdout: ${raw.slice(0, 200)}`);
      return;
    }
    const messages: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    for (const message of messages) {
      if (!isMessage(message)) this.#violations.push(`no JSON-RPC on stdout: ${raw.slice(0, 200)}`);
      else this.#takeMessage(raw, message);
    }
  }

  #takeMessage(raw: string, json: JsonObject): void {
    this.lines.push({ raw, json });
    if (isResponse(json)) return this.#takeResponse(json);
    const handler = this.#handlers.get(String(json["method"]));
    if (json["id"] === undefined || handler === undefined) return;
    const result = handler((json["params"] ?? {}) as JsonObject);
    // The bridge may be gone by now; whoever needs the answer to arrive will notice.
    this.send({ jsonrpc: "2.0", id: json["id"], result }).catch(() => {});
  }

  #takeResponse(json: JsonObject): void {
    const id = JSON.stringify(json["id"] ?? null);
    if (id === "null") return;
    if (this.#answered.has(id)) this.#violations.push(`the id ${id} was answered twice`);
    else if (!this.#asked.has(id)) this.#violations.push(`an answer to ${id}, which nobody asked`);
    this.#answered.add(id);
    this.#waiters.get(id)?.(json);
    this.#waiters.delete(id);
  }
}

/** The parameters of an `initialize` of the test client. */
export function initializeParams(protocolVersion: string): JsonObject {
  return {
    protocolVersion,
    capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: {} },
    clientInfo: { name: "test-client", title: "Test Client", version: "9.8.7" },
  };
}

function isMessage(value: unknown): value is JsonObject {
  if (typeof value !== "object" || value === null) return false;
  const message = value as { readonly [member: string]: unknown };
  if (message["jsonrpc"] !== "2.0") return false;
  return typeof message["method"] === "string" || isResponse(message);
}

function isResponse(message: { readonly [member: string]: unknown }): boolean {
  return "result" in message !== "error" in message && !("method" in message);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const only = pieces[0];
  if (pieces.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
