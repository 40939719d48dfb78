import type { Frame, JsonObject } from "../jsonrpc/frame.ts";
import { frameOf } from "../jsonrpc/message_frame.ts";
import type { OpenRequests } from "../jsonrpc/open_requests.ts";
import { requestIdOf } from "../jsonrpc/request_id.ts";
import type { Clock } from "../platform/clock.ts";

/** What requests of our own need. */
export interface OwnRequestsParts {
  readonly open: OpenRequests;
  readonly send: (frame: Frame) => Promise<void> | undefined;
  readonly clock: Clock;
}

/** Requests of our own to the server, whose answers do not reach the client. */
export class OwnRequests {
  readonly #parts: OwnRequestsParts;
  #size = 0;
  #ids = 0;

  constructor(parts: OwnRequestsParts) {
    this.#parts = parts;
  }

  /** How many have no answer yet. */
  get size(): number {
    return this.#size;
  }

  /** Sends a request and gives its answer. */
  async ask(method: string, params?: JsonObject): Promise<Frame> {
    const id = `causeway-own-${++this.#ids}`;
    const answered = Promise.withResolvers<Frame>();
    this.#size++;
    this.#parts.open.open(requestIdOf(id), {
      method,
      answer: (response) => {
        this.#size--;
        answered.resolve(response);
        return undefined;
      },
    });
    const rest = params === undefined ? {} : { params };
    await this.#parts.send(frameOf({ jsonrpc: "2.0", id, method, ...rest }));
    return await answered.promise;
  }

  /** The same; `undefined` when `limit` milliseconds brought no answer. */
  async askWithin(limit: number, method: string, params: JsonObject): Promise<Frame | undefined> {
    const done = new AbortController();
    const late = this.#parts.clock.sleep(limit, done.signal).then(() => undefined);
    const answer = await Promise.race([this.ask(method, params), late]);
    done.abort();
    return answer;
  }
}
