import type { RequestId } from "../jsonrpc/envelope.ts";
import type { Frame, JsonObject } from "../jsonrpc/frame.ts";
import { frameOf } from "../jsonrpc/message_frame.ts";
import type { OpenRequests } from "../jsonrpc/open_requests.ts";
import { requestIdOf } from "../jsonrpc/request_id.ts";
import type { Clock } from "../platform/clock.ts";
import type { Transport } from "../transport/transport.ts";

/** What requests of our own need. */
export interface OwnRequestsParts {
  readonly open: OpenRequests;
  readonly transport: Pick<Transport, "send" | "drop">;
  readonly clock: Clock;
}

/** A request to be sent, without its id. */
export interface OwnRequest {
  readonly method: string;
  readonly params?: JsonObject;
}

/** Requests of our own to the server, whose answers do not reach the client. */
export class OwnRequests {
  readonly #parts: OwnRequestsParts;
  #ids = 0;

  constructor(parts: OwnRequestsParts) {
    this.#parts = parts;
  }

  /**
   * Sends a request and gives its answer. One that has none after `limit` milliseconds is given up:
   * the answer is `undefined`, and nothing waits for it any more.
   */
  async ask(limit: number, request: OwnRequest): Promise<Frame | undefined> {
    const { open, transport, clock } = this.#parts;
    const name = `causeway-own-${++this.#ids}`;
    const id = requestIdOf(name);
    const done = new AbortController();
    const late = clock.sleep(limit, done.signal).then(() => undefined);
    const answered = this.#answerTo(id, request.method);
    void transport.send(frameOf({ jsonrpc: "2.0", id: name, ...request }));
    const answer = await Promise.race([answered, late]);
    done.abort();
    if (answer === undefined) {
      open.close(id);
      transport.drop(id);
    }
    return answer;
  }

  #answerTo(id: RequestId, method: string): Promise<Frame> {
    return new Promise((resolve) => {
      this.#parts.open.open(id, {
        method,
        answer: (response) => {
          resolve(response);
          return undefined;
        },
      });
    });
  }
}
