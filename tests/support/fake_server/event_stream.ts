import type { ReplyStream } from "./http_exchange.ts";

/** How a stream of events is written. */
export interface EventStreamOptions {
  readonly eventIds: boolean;
  readonly priming: boolean;
  readonly retry: number | undefined;
}

let streamCount = 0;

/**
 * One stream of server-sent events as the specification means it: it outlives its connection, keeps what
 * it sent, and goes on where a client left off when that client names the last event id it saw.
 */
export class EventStream {
  readonly id = `s${++streamCount}`;
  readonly #options: EventStreamOptions;
  readonly #events: string[] = [];
  #sink: ReplyStream | undefined;
  #finished = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  /** Whether a client is listening right now. */
  get attached(): boolean {
    return this.#sink?.open ?? false;
  }

  /** Lets a connection carry the stream, from the event after number `seen` on. */
  async attach(sink: ReplyStream, seen = this.#events.length): Promise<void> {
    this.#sink = sink;
    let opening = "";
    if (this.#options.retry !== undefined) opening += `retry: ${this.#options.retry}\n`;
    if (this.#options.priming) opening += `id: ${this.id}-${seen}\ndata: \n`;
    // A comment makes the head go out and shows that the stream is open.
    await sink.write(opening === "" ? ": open\n\n" : `${opening}\n`);
    for (let index = seen; index < this.#events.length; index++) {
      await sink.write(this.#formatted(index));
    }
    if (this.#finished) await sink.end();
  }

  /** Sends one event, or keeps it for a client that resumes. */
  async send(data: string | Uint8Array): Promise<void> {
    if (typeof data !== "string") {
      await this.#sink?.write(eventOfBytes(data));
      return;
    }
    this.#events.push(data);
    if (this.attached) await this.#sink?.write(this.#formatted(this.#events.length - 1));
  }

  /** Writes text into the stream as it is. */
  async sendRaw(text: string): Promise<void> {
    await this.#sink?.write(text);
  }

  /** The stream has said all; a client that resumes later still gets what it missed. */
  async finish(): Promise<void> {
    this.#finished = true;
    if (this.attached) await this.#sink?.end();
  }

  /** Ends the connection, but not the stream: in good order, or in the middle of a chunk. */
  async detach(how: "end" | "reset"): Promise<void> {
    const sink = this.#sink;
    this.#sink = undefined;
    if (how === "end") await sink?.end();
    else sink?.cut();
  }

  #formatted(index: number): string {
    const id = this.#options.eventIds ? `id: ${this.id}-${index + 1}\n` : "";
    const lines = (this.#events[index] ?? "").split(/\r\n|\r|\n/);
    return `event: message\n${id}${lines.map((line) => `data: ${line}\n`).join("")}\n`;
  }
}

/** The stream's id and the number of the event in a `Last-Event-ID`. */
export function parseEventId(text: string): { stream: string; seen: number } | undefined {
  const match = /^(s\d+)-(\d+)$/.exec(text);
  if (match === null) return undefined;
  return { stream: match[1] ?? "", seen: Number(match[2]) };
}

function eventOfBytes(data: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode("data: ");
  const bytes = new Uint8Array(head.length + data.length + 2);
  bytes.set(head);
  bytes.set(data, head.length);
  bytes.set([0x0a, 0x0a], head.length + data.length);
  return bytes;
}
