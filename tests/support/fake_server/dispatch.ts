import type { JsonObject, JsonValue } from "../../../src/jsonrpc/frame.ts";
import type { Behaviour } from "./behaviour.ts";
import type { Call } from "./call.ts";
import type { EventStream } from "./event_stream.ts";
import { answerMethod } from "./methods.ts";
import { asObject, errorResponse, member, MethodError } from "./rpc.ts";
import type { Session } from "./session.ts";

/** What the answering of a request needs beside the request. */
export interface DispatchContext {
  readonly behaviour: Behaviour;
  readonly session: Session;
  /** The stream of the request; `undefined` when the reply is a single JSON body. */
  readonly stream: EventStream | undefined;
  /** Resolves when the server ends. */
  readonly ending: Promise<void>;
}

/** The answer to `initialize`. */
export function initializeResponse(message: JsonObject, behaviour: Behaviour): JsonObject {
  const asked = member(message, "params", "protocolVersion") ?? "2025-03-26";
  const instructions = behaviour.instructions;
  const result: JsonObject = {
    protocolVersion: behaviour.protocolVersion ?? asked,
    capabilities: behaviour.capabilities,
    serverInfo: behaviour.serverInfo,
    ...(instructions === undefined ? {} : { instructions }),
  };
  return { jsonrpc: "2.0", id: message["id"] ?? null, result };
}

/** Answers a request; `undefined` when the client cancelled it and wants no answer. */
export async function answerRequest(
  message: JsonObject,
  context: DispatchContext,
): Promise<JsonObject | undefined> {
  const { behaviour, session } = context;
  const id: JsonValue = message["id"] ?? null;
  const response = await respond(message, id, context);
  const cancelled = session.cancelled.has(JSON.stringify(id));
  return cancelled && !behaviour.answerCancelled ? undefined : response;
}

async function respond(
  message: JsonObject,
  id: JsonValue,
  context: DispatchContext,
): Promise<JsonObject> {
  try {
    return { jsonrpc: "2.0", id, result: await answerMethod(callOf(message, id, context)) };
  } catch (error) {
    if (error instanceof MethodError) return errorResponse(id, error.code, error.message);
    throw error;
  }
}

function callOf(message: JsonObject, id: JsonValue, context: DispatchContext): Call {
  const { session, stream, behaviour } = context;
  return {
    message,
    params: asObject(message["params"]) ?? {},
    session,
    behaviour,
    cancelled: Promise.race([session.cancellation(id), context.ending]),
    notify: async (method, params) => {
      const note = { jsonrpc: "2.0", method, params };
      if (stream === undefined) await session.tell(note);
      else for (const part of behaviour.shape(note)) await stream.send(part);
    },
    ask: (method, params) => session.ask(stream ?? session.listener(), method, params),
    detach: async (how) => await stream?.detach(how),
  };
}
