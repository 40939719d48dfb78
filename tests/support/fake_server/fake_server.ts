import type { JsonObject, JsonValue } from "../../../src/jsonrpc/frame.ts";
import { type Behaviour, defaultBehaviour } from "./behaviour.ts";
import type { Fault, InjectedFault } from "./faults.ts";
import { bodyText, type HttpExchange, type RecordedRequest } from "./http_exchange.ts";
import { HttpListener, type HttpListenerOptions } from "./http_listener.ts";
import { serveHttpSse } from "./http_sse.ts";
import { asObject, member, methodOf } from "./rpc.ts";
import { Session } from "./session.ts";
import { serveStreamableHttp } from "./streamable_http.ts";
import { until } from "../until.ts";

/** A JSON-RPC message that the server was sent. */
export interface ReceivedMessage {
  readonly message: JsonObject;
  readonly request: RecordedRequest;
}

/** Where a fake server listens. */
export interface FakeServerAddress extends HttpListenerOptions {
  /** The path (and query) of the endpoint. */
  readonly path?: string;
}

/**
 * An MCP server on loopback that behaves well by default, misbehaves as it is told, and remembers
 * everything that it was sent.
 */
export class FakeServer implements AsyncDisposable {
  readonly behaviour: Behaviour;
  readonly url: URL;
  readonly requests: RecordedRequest[] = [];
  readonly received: ReceivedMessage[] = [];
  readonly sessions = new Map<string, Session>();
  /** Resolves when the server ends. */
  readonly ending: Promise<void>;
  readonly #listener: HttpListener;
  readonly #faults: RunningFault[] = [];
  readonly #executions = new Map<string, number>();
  #end: () => void = () => {};
  #sessionCount = 0;

  private constructor(behaviour: Behaviour, address: FakeServerAddress) {
    this.behaviour = behaviour;
    this.ending = new Promise((resolve) => this.#end = resolve);
    this.#listener = new HttpListener((exchange) => this.#serve(exchange), address);
    const scheme = address.identity === undefined ? "http" : "https";
    this.url = new URL(address.path ?? "/mcp", `${scheme}://127.0.0.1:${this.#listener.port}`);
  }

  /** Starts a server. */
  static start(behaviour: Partial<Behaviour> = {}, address: FakeServerAddress = {}): FakeServer {
    return new FakeServer({ ...defaultBehaviour(), ...behaviour }, address);
  }

  get port(): number {
    return this.#listener.port;
  }

  /** How many connections it has accepted. */
  get accepted(): number {
    return this.#listener.accepted;
  }

  /** How many connections are open now. */
  get connected(): number {
    return this.#listener.connected;
  }

  /** Lets something go wrong from now on. The fault added last comes first. */
  inject(fault: Fault): InjectedFault {
    const running = new RunningFault(fault, () => {
      const index = this.#faults.indexOf(running);
      if (index !== -1) this.#faults.splice(index, 1);
    });
    this.#faults.unshift(running);
    return running;
  }

  /** Loses every session, as a restart does; the connections stay. */
  forgetSessions(): void {
    this.sessions.clear();
  }

  /** Cuts every connection. */
  cutConnections(): void {
    this.#listener.cutConnections();
  }

  /** Closes every connection in good order as soon as all are idle, and waits until the client has noticed. */
  async hangUp(): Promise<void> {
    await this.#listener.hangUp();
  }

  /** Goes silent on every connection that is open now, without closing one. */
  freezeConnections(): void {
    this.#listener.freezeConnections();
  }

  /** Refuses new connections; those that are open stay. */
  stopListening(): void {
    this.#listener.stopListening();
  }

  /** How often a request of this method (or a tool, as `tools/call echo`) was executed. */
  executions(name: string): number {
    return this.#executions.get(name) ?? 0;
  }

  /** The messages received with this method. */
  receivedOf(method: string): readonly ReceivedMessage[] {
    return this.received.filter(({ message }) => methodOf(message) === method);
  }

  /** The requests with this HTTP method. */
  requestsOf(method: string): readonly RecordedRequest[] {
    return this.requests.filter((request) => request.method === method);
  }

  /** The requests to the endpoint itself: looking for a way to sign in asks elsewhere. */
  get endpointRequests(): readonly RecordedRequest[] {
    return this.requests.filter(({ path }) => path === this.url.pathname);
  }

  /** Resolves with the first message of that method, waited for if need be. */
  async waitForMessage(method: string, count = 1): Promise<ReceivedMessage> {
    await until(`${count} message(s) ${method}`, () => this.receivedOf(method).length >= count);
    const found = this.receivedOf(method)[count - 1];
    if (found === undefined) throw new Error("unreachable");
    return found;
  }

  /** Resolves when there have been `count` requests with this HTTP method. */
  async waitForRequests(method: string, count = 1): Promise<void> {
    await until(`${count} ${method} request(s)`, () => this.requestsOf(method).length >= count);
  }

  /** The only session. */
  async session(): Promise<Session> {
    await until("one session", () => this.sessions.size === 1);
    for (const session of this.sessions.values()) return session;
    throw new Error("unreachable");
  }

  /** Makes a session. */
  newSession(clientInfo: JsonValue | undefined, protocolVersion: string): Session {
    const id = this.behaviour.sessions ? `session-${this.port}-${++this.#sessionCount}` : "";
    const session = new Session(id, protocolVersion, clientInfo);
    this.sessions.set(id, session);
    return session;
  }

  /** The session with this id; without sessions, the one that all requests share. */
  findSession(id: string | null): Session | undefined {
    return this.sessions.get(this.behaviour.sessions ? id ?? "none" : "");
  }

  /** Forgets a session. */
  endSession(session: Session): void {
    this.sessions.delete(session.id);
  }

  /** Notes that a request is being executed. */
  countExecution(message: JsonObject): void {
    const method = methodOf(message);
    const tool = member(message, "params", "name");
    for (const name of tool === undefined ? [method] : [method, `${method} ${tool}`]) {
      this.#executions.set(name, this.executions(name) + 1);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    await this.#listener[Symbol.asyncDispose]();
  }

  async #serve(exchange: HttpExchange): Promise<void> {
    const { request } = exchange;
    const messages = messagesOf(request);
    this.requests.push(request);
    this.received.push(...messages.map((message) => ({ message, request })));
    const fault = this.#faults.find((one) => one.befalls(request, messages));
    if (fault !== undefined) return await fault.act(exchange);
    const demanded = this.behaviour.demandHeader;
    if (demanded !== undefined && request.headers.get(demanded[0]) !== demanded[1]) {
      return await exchange.reply(401, { "content-type": "text/plain" }, "Who are you?");
    }
    if (this.behaviour.binding === "http-sse") return await serveHttpSse(this, exchange);
    if (new URL(request.path, this.url).pathname !== this.url.pathname) {
      return await exchange.reply(404, { "content-type": "text/plain" }, "Nothing here");
    }
    await serveStreamableHttp(this, exchange);
  }
}

class RunningFault implements InjectedFault {
  readonly #fault: Fault;
  readonly remove: () => void;
  hits = 0;

  constructor(fault: Fault, remove: () => void) {
    this.#fault = fault;
    this.remove = remove;
  }

  befalls(request: RecordedRequest, messages: readonly JsonObject[]): boolean {
    if (this.hits >= (this.#fault.times ?? Infinity)) return false;
    return this.#fault.when?.(request, messages) ?? true;
  }

  async act(exchange: HttpExchange): Promise<void> {
    this.hits++;
    await this.#fault.act(exchange);
  }
}

function messagesOf(request: RecordedRequest): readonly JsonObject[] {
  if (request.method !== "POST") return [];
  try {
    const body: unknown = JSON.parse(bodyText(request));
    return (Array.isArray(body) ? body : [body]).map((one) => asObject(one) ?? {});
  } catch {
    return [];
  }
}
