import type { JsonObject } from "../../../src/jsonrpc/frame.ts";
import type { Behaviour } from "./behaviour.ts";
import type { Session } from "./session.ts";

/** One request being served: what it says, and the ways to speak to the client meanwhile. */
export interface Call {
  readonly message: JsonObject;
  readonly params: JsonObject;
  readonly session: Session;
  readonly behaviour: Behaviour;
  /** Resolves when the client cancels the request. */
  readonly cancelled: Promise<void>;
  /** Sends a notification on the stream of this request. */
  notify(method: string, params: JsonObject): Promise<void>;
  /** Asks the client something on the stream of this request, and waits for its answer. */
  ask(method: string, params: JsonObject): Promise<JsonObject>;
  /** Ends the connection of this request's stream before its answer. */
  detach(how: "end" | "reset"): Promise<void>;
}
