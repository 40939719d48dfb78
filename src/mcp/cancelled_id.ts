import type { RequestId } from "../jsonrpc/envelope.ts";
import type { Frame } from "../jsonrpc/frame.ts";
import { objectOf } from "../jsonrpc/json_object.ts";
import { canonicalId } from "../jsonrpc/request_id.ts";

/** The id that a `notifications/cancelled` names; `undefined` when it names none. */
export function cancelledId(frame: Frame): RequestId | undefined {
  const id = objectOf(frame.json()["params"])?.["requestId"];
  if (typeof id !== "string" && typeof id !== "number") return undefined;
  return canonicalId(JSON.stringify(id));
}
