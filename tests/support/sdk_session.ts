import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ProgressNotificationSchema,
  ResultSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { JsonObject, JsonValue } from "../../src/jsonrpc/frame.ts";
import { programPath } from "./bridge_process.ts";
import { member } from "./fake_server/rpc.ts";
import { PATIENCE, until } from "./until.ts";

/** A request of the server, as the SDK hands it over. */
interface AskedRequest {
  readonly method: string;
  readonly params?: unknown;
}

/** How a session reaches its server. */
export type Way = "direct over Streamable HTTP" | "direct over HTTP+SSE" | "through the bridge";

/**
 * A session of the official SDK's client, which answers sampling, elicitation and roots, and keeps every
 * notification. It is the ruler: what it sees directly, it must see through the bridge too.
 */
export class SdkSession implements AsyncDisposable {
  /** The methods of the server's own requests, in order. */
  readonly asked: string[] = [];
  readonly notifications: JsonObject[] = [];
  readonly #client: Client;

  private constructor() {
    this.#client = new Client(
      { name: "sdk-test-client", version: "1.2.3" },
      { capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } } },
    );
    this.#answerRequests();
    const keep = (notification: JsonObject): void => void this.notifications.push(notification);
    this.#client.fallbackNotificationHandler = (notification: JsonObject) =>
      Promise.resolve(keep(notification));
    // The SDK's own handler takes progress for requests that it has given a token itself.
    this.#client.setNotificationHandler(ProgressNotificationSchema, keep);
  }

  /** Connects to the server; `args` are further arguments of the bridge. */
  static async connect(url: URL, way: Way, args: readonly string[] = []): Promise<SdkSession> {
    const session = new SdkSession();
    await session.#client.connect(transportOf(url, way, args));
    return session;
  }

  /** What the server said of itself. */
  get introduction(): JsonObject {
    return {
      capabilities: this.#client.getServerCapabilities(),
      instructions: this.#client.getInstructions() ?? null,
      serverInfo: this.#client.getServerVersion(),
    };
  }

  /** Sends a request; resolves to the whole result, or to the code and message of the error. */
  async request(method: string, params?: JsonObject): Promise<JsonObject> {
    try {
      const request = params === undefined ? { method } : { method, params: { ...params } };
      return await this.#client.request(request, ResultSchema, { timeout: PATIENCE });
    } catch (error) {
      const { code, message, data } = error as { code?: number; message: string; data?: JsonValue };
      return { code: code ?? null, message, data: data ?? null };
    }
  }

  /** Calls a tool. */
  async call(name: string, given: JsonObject = {}, meta?: JsonObject): Promise<JsonObject> {
    const rest = meta === undefined ? {} : { _meta: meta };
    return await this.request("tools/call", { name, arguments: given, ...rest });
  }

  /** The notifications with this method, once there are `count` of them. */
  async notified(method: string, count = 1): Promise<readonly JsonObject[]> {
    const found = (): JsonObject[] => this.notifications.filter((one) => one["method"] === method);
    await until(`${count} notification(s) ${method}`, () => found().length >= count);
    return found().slice(0, count);
  }

  /** Tells the server that the roots are others now. */
  async sendRootsChanged(): Promise<void> {
    await this.#client.sendRootsListChanged();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  #answerRequests(): void {
    this.#client.setRequestHandler(CreateMessageRequestSchema, (request: AskedRequest) => {
      this.asked.push(request.method);
      const said = JSON.stringify(member(request.params, "messages") ?? null);
      return { role: "assistant", model: "a-model", content: { type: "text", text: said } };
    });
    this.#client.setRequestHandler(ElicitRequestSchema, (request: AskedRequest) => {
      this.asked.push(request.method);
      return { action: "accept", content: { name: "Ada", integer: 4, check: true } };
    });
    this.#client.setRequestHandler(ListRootsRequestSchema, (request: AskedRequest) => {
      this.asked.push(request.method);
      return { roots: [{ uri: "file:///home/ada", name: "Home" }] };
    });
  }
}

function transportOf(url: URL, way: Way, args: readonly string[]): Transport {
  switch (way) {
    case "direct over Streamable HTTP":
      return new StreamableHTTPClientTransport(url) as Transport;
    case "direct over HTTP+SSE":
      return new SSEClientTransport(url);
    case "through the bridge":
      return new StdioClientTransport({
        command: programPath(),
        args: [url.href, ...args],
        stderr: "ignore",
      });
  }
}
