import type { Frame } from "../jsonrpc/frame.ts";
import { membersOf, readFrame } from "../jsonrpc/message_frame.ts";
import { InvalidMessageError } from "../jsonrpc/scan_envelope.ts";
import { JsonSyntaxError } from "../jsonrpc/scan_value.ts";
import { PROGRESS } from "../mcp/methods.ts";
import type { PendingRequests } from "./pending_requests.ts";
import type { TransportContext } from "./transport.ts";

/** Looks at a response before it answers its request; `true` keeps it from doing so. */
export type Intercept = (response: Frame) => boolean;

/** Where a message came from. */
export interface Source {
  /** The requests whose reply carried it; `undefined` on a stream of no request. */
  readonly pending?: PendingRequests | undefined;
  readonly intercept?: Intercept | undefined;
}

/**
 * Takes a text of the server: a response settles its request, everything else is delivered.
 * @throws {JsonSyntaxError} and {@linkcode InvalidMessageError} when it is no JSON-RPC message
 */
export function takeMessage(
  context: TransportContext,
  text: Uint8Array<ArrayBuffer>,
  source: Source,
): Promise<void> | undefined {
  const frame = readFrame(text);
  return frame.envelope.kind === "batch"
    ? takeAll(context, membersOf(frame), source)
    : route(context, frame, source);
}

/** The same for the data of an event, where what is no message is skipped. */
export function takeEvent(
  context: TransportContext,
  data: Uint8Array<ArrayBuffer>,
  source: Source,
): Promise<void> | undefined {
  try {
    return takeMessage(context, data, source);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError) && !(error instanceof InvalidMessageError)) throw error;
    context.logger.warn("The server sent an event that is no JSON-RPC message; it is skipped", {
      bytes: data.length,
    });
    return undefined;
  }
}

async function takeAll(
  context: TransportContext,
  frames: readonly Frame[],
  source: Source,
): Promise<void> {
  for (const frame of frames) await route(context, frame, source);
}

/**
 * How long a response keeps behind a progress notification of its request, in milliseconds. Clients of
 * the TypeScript SDK take a notification one turn later than a response: of two that they read in one
 * piece, the progress is dropped as that of an unknown request.
 */
const PROGRESS_LEAD = 10;

function route(context: TransportContext, frame: Frame, source: Source): Promise<void> | undefined {
  const { envelope } = frame;
  const { pending } = source;
  if (envelope.kind === "result" || envelope.kind === "error") {
    if (source.intercept?.(frame) === true) return undefined;
    const lead = pending === undefined
      ? 0
      : pending.progressAt + PROGRESS_LEAD - context.clock.now();
    return lead > 0 ? settleLater(context, frame, lead) : context.open.settle(frame);
  }
  if (pending !== undefined && envelope.kind === "notification" && envelope.method === PROGRESS) {
    pending.progressAt = context.clock.now();
  }
  const related = pending?.first;
  return context.deliver(related === undefined ? { frame } : { frame, relatedRequestId: related });
}

async function settleLater(
  context: TransportContext,
  response: Frame,
  delay: number,
): Promise<void> {
  await context.clock.sleep(delay);
  await context.open.settle(response);
}
