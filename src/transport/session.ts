import type { Frame } from "../jsonrpc/frame.ts";
import { spanText } from "../jsonrpc/message_frame.ts";
import { PROTOCOL_VERSION, SESSION_ID } from "../mcp/header_names.ts";
import type { HttpHeader } from "../platform/http_client.ts";

/** Visible ASCII (2025-11-25, transports, "Session Management"). */
const SESSION_ID_SYNTAX = /^[\x21-\x7e]{1,4096}$/;
const VERSION_SYNTAX = /^[\x21-\x7e]{1,64}$/;

/**
 * What a client and a server of the legacy era have agreed on: the handshake's messages, the session
 * id and the protocol version.
 */
export class Session {
  #id: string | undefined;
  #protocolVersion: string | undefined;
  #headers: readonly HttpHeader[] = [];
  #result: Frame | undefined;
  #generation = 0;
  /** The client's own `initialize`, kept so that a lost session can be opened anew. */
  initialize: Frame | undefined;
  /** The client's own `notifications/initialized`. */
  initialized: Frame | undefined;

  /** Counts how often a session was established; 0 before the first time. */
  get generation(): number {
    return this.#generation;
  }

  get established(): boolean {
    return this.#generation > 0;
  }

  get id(): string | undefined {
    return this.#id;
  }

  /** The header fields that every request of the session carries. */
  get headers(): readonly HttpHeader[] {
    return this.#headers;
  }

  /** The server's answer to the latest `initialize`. */
  get result(): Frame | undefined {
    return this.#result;
  }

  /**
   * Takes the server's successful answer to `initialize`.
   * @param id the session id that came with it; one that is not visible ASCII is ignored
   */
  establish(id: string | undefined, result: Frame): void {
    this.#id = id !== undefined && SESSION_ID_SYNTAX.test(id) ? id : undefined;
    this.#protocolVersion = protocolVersionOf(result);
    this.#result = result;
    this.#generation++;
    const headers: HttpHeader[] = [];
    if (this.#id !== undefined) headers.push([SESSION_ID, this.#id]);
    if (this.#protocolVersion !== undefined) {
      headers.push([PROTOCOL_VERSION, this.#protocolVersion]);
    }
    this.#headers = headers;
  }
}

/** The exact text of the result of a response; `undefined` for any other message. */
export function resultText(frame: Frame | undefined): string | undefined {
  return frame?.envelope.kind === "result" ? spanText(frame, frame.envelope.resultSpan) : undefined;
}

function protocolVersionOf(result: Frame): string | undefined {
  const member = result.json()["result"];
  if (typeof member !== "object" || member === null || Array.isArray(member)) return undefined;
  const version = (member as { readonly protocolVersion?: unknown }).protocolVersion;
  return typeof version === "string" && VERSION_SYNTAX.test(version) ? version : undefined;
}
