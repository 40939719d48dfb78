import type { RequestId } from "../jsonrpc/envelope.ts";
import type { Frame } from "../jsonrpc/frame.ts";
import { requestIdIn } from "../jsonrpc/scan_envelope.ts";
import { CANCELLED } from "./methods.ts";

/** The id that a `notifications/cancelled` names; `undefined` for another message, or when it names none. */
export function cancelledId({ bytes, envelope }: Frame): RequestId | undefined {
  if (envelope.kind !== "notification" || envelope.method !== CANCELLED) return undefined;
  return envelope.paramsSpan === undefined ? undefined : requestIdIn(bytes, envelope.paramsSpan);
}
