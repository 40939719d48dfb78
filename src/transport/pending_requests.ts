import type { RequestId } from "../jsonrpc/envelope.ts";
import type { JsonRpcError } from "../jsonrpc/error_frame.ts";
import type { Frame } from "../jsonrpc/frame.ts";
import { membersOf } from "../jsonrpc/message_frame.ts";
import type { OpenRequest, OpenRequests } from "../jsonrpc/open_requests.ts";

/**
 * The requests that one sent message contains, as far as they are still open. They are told by
 * identity: an id that the client uses again after its answer is another request.
 */
export class PendingRequests {
  readonly #open: OpenRequests;
  readonly #entries: readonly (readonly [RequestId, OpenRequest])[];
  /** The method, for messages to people; of a batch, the first request's. */
  readonly method: string;
  /** Monotonic time of the latest progress notification about them, in milliseconds. */
  progressAt = -Infinity;

  constructor(open: OpenRequests, frame: Frame) {
    this.#open = open;
    const entries: [RequestId, OpenRequest][] = [];
    for (const id of requestIds(frame)) {
      const request = open.get(id);
      if (request !== undefined) entries.push([id, request]);
    }
    this.#entries = entries;
    this.method = entries[0]?.[1].method ?? "";
  }

  /** The ids that have no answer yet. */
  left(): RequestId[] {
    const left: RequestId[] = [];
    for (const [id, request] of this.#entries) {
      if (this.#open.get(id) === request) left.push(id);
    }
    return left;
  }

  /** The first id that has no answer yet. */
  get first(): RequestId | undefined {
    for (const [id, request] of this.#entries) {
      if (this.#open.get(id) === request) return id;
    }
    return undefined;
  }

  get settled(): boolean {
    return this.first === undefined;
  }

  /** Answers what is left with an error. */
  async fail(error: JsonRpcError): Promise<void> {
    for (const id of this.left()) await this.#open.fail(id, error);
  }
}

function requestIds(frame: Frame): RequestId[] {
  if (frame.envelope.kind === "request") return [frame.envelope.id];
  if (frame.envelope.kind !== "batch") return [];
  return membersOf(frame).flatMap(requestIds);
}
