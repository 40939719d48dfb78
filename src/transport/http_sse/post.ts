import type { Frame } from "../../jsonrpc/frame.ts";
import { JSON_TYPE } from "../../mcp/header_names.ts";
import { HttpFailure, type HttpReply } from "../../platform/http_client.ts";
import { takeMessage } from "../inbound.ts";
import { replyForm } from "../judge_reply.ts";
import { MAX_EXPLANATION_BYTES } from "../message_limit.ts";
import type { PendingRequests } from "../pending_requests.ts";
import { readRefusal, type RefusedReply } from "../read_refusal.ts";
import type { Session } from "../session.ts";
import type { TransportContext } from "../transport.ts";
import type { EventConnection } from "./event_connection.ts";

/** How the POST of a message to the stream's endpoint ended. */
export type EndpointOutcome =
  /** The server has it; answers come on the stream. */
  | { readonly kind: "accepted" }
  | RefusedReply
  | { readonly kind: "failed"; readonly failure: HttpFailure };

/** A message on its way to an endpoint. */
export interface EndpointMessage {
  readonly connection: EventConnection;
  readonly frame: Frame;
  readonly pending: PendingRequests;
  readonly signal: AbortSignal;
}

/** Posts a message to the endpoint of a stream (2024-11-05, transports, "HTTP with SSE"). */
export async function postToEndpoint(
  context: TransportContext,
  session: Session,
  { connection, frame, pending, signal }: EndpointMessage,
): Promise<EndpointOutcome> {
  try {
    const reply = await context.http.exchange({
      method: "POST",
      url: connection.endpoint,
      headers: [["content-type", JSON_TYPE], ...session.headers],
      body: frame.bytes,
      signal,
      headersTimeout: context.timeouts.headers,
      bodyTimeout: context.timeouts.body,
    });
    const form = replyForm(reply.status, reply.headers.get("content-type"));
    if (form === "refusal") return await readRefusal(context, reply, session);
    await takeBody(context, reply, pending);
    return { kind: "accepted" };
  } catch (error) {
    if (error instanceof HttpFailure) return { kind: "failed", failure: error };
    throw error;
  }
}

/** Some servers answer in the reply to the POST after all; "Accepted" and the like are no message. */
async function takeBody(
  context: TransportContext,
  reply: HttpReply,
  pending: PendingRequests,
): Promise<void> {
  const isJson = replyForm(reply.status, reply.headers.get("content-type")) === "json";
  try {
    const bytes = await reply.body.bytes(isJson ? context.maxMessageBytes : MAX_EXPLANATION_BYTES);
    if (isJson && bytes.length > 0) await takeMessage(context, bytes, { pending });
  } catch {
    // The server has the message; what it says to this POST is not the answer.
  }
}
