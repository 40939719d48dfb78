import type { RequestId } from "./envelope.ts";
import { errorFrame, type JsonRpcError } from "./error_frame.ts";
import type { Frame } from "./frame.ts";
import { withId } from "./message_frame.ts";

/** Takes the one answer of a request. A promise asks whoever delivers to wait before the next message. */
export type Answer = (response: Frame) => Promise<void> | undefined;

/** A request that has no answer yet. */
export interface OpenRequest {
  readonly method: string;
  readonly answer: Answer;
}

/**
 * The requests of one direction that wait for their answer. Each is settled exactly once: by a
 * response, by an error of our own, or by being closed when its sender cancelled it.
 */
export class OpenRequests {
  readonly #requests = new Map<RequestId, OpenRequest>();
  readonly #waiters = new Map<RequestId, (() => void)[]>();

  get size(): number {
    return this.#requests.size;
  }

  /** The ids of all open requests, oldest first. */
  ids(): RequestId[] {
    return [...this.#requests.keys()];
  }

  has(id: RequestId): boolean {
    return this.#requests.has(id);
  }

  get(id: RequestId): OpenRequest | undefined {
    return this.#requests.get(id);
  }

  /** Adds a request; `false` when one with this id is open already. */
  open(id: RequestId, request: OpenRequest): boolean {
    if (this.#requests.has(id)) return false;
    this.#requests.set(id, request);
    return true;
  }

  /** Forgets a request without an answer (its sender cancelled it). */
  close(id: RequestId): void {
    this.#requests.delete(id);
    this.#wake(id);
  }

  /** Resolves when the request is no longer open. */
  async whenDone(id: RequestId): Promise<void> {
    if (!this.#requests.has(id)) return;
    await new Promise<void>((resolve) => {
      const waiters = this.#waiters.get(id);
      if (waiters === undefined) this.#waiters.set(id, [resolve]);
      else waiters.push(resolve);
    });
  }

  #wake(id: RequestId): void {
    if (this.#waiters.size === 0) return;
    for (const resolve of this.#waiters.get(id) ?? []) resolve();
    this.#waiters.delete(id);
  }

  /** Hands a response to the request it answers; one that answers none is dropped. */
  settle(response: Frame): Promise<void> | undefined {
    const { envelope } = response;
    if (envelope.kind !== "result" && envelope.kind !== "error") return undefined;
    if (envelope.id === undefined) return undefined;
    const request = this.#requests.get(envelope.id);
    if (request === undefined) return this.#settleAlike(envelope.id, response);
    this.#requests.delete(envelope.id);
    this.#wake(envelope.id);
    return request.answer(response);
  }

  /**
   * Some servers change an id on the way: they make it a string, or round a large number. When exactly
   * one open request can be meant, the response answers it, under the request's own id.
   */
  #settleAlike(id: RequestId, response: Frame): Promise<void> | undefined {
    const alike = this.ids().filter((own) => isAlike(own, id));
    const only = alike[0];
    return only === undefined || alike.length > 1 ? undefined : this.settle(withId(response, only));
  }

  /** Answers a request with an error of our own, unless it has been answered. */
  fail(id: RequestId, error: JsonRpcError): Promise<void> | undefined {
    return this.#requests.has(id) ? this.settle(errorFrame(id, error)) : undefined;
  }
}

function isAlike(own: RequestId, other: RequestId): boolean {
  const [a, b] = [unquoted(own), unquoted(other)];
  if (a === b) return true;
  // A double keeps some 16 digits: a longer integer may come back rounded. What is not the rounded form
  // itself comes from a server that keeps all digits, and means another request.
  const rounded = Number(a);
  if (a.length <= 15 || !/^-?[0-9]+$/.test(a) || !Number.isFinite(rounded)) return false;
  return b === String(rounded) || b === String(BigInt(rounded));
}

function unquoted(id: RequestId): string {
  return id.startsWith('"') ? id.slice(1, -1) : id;
}
