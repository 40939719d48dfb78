import type { HttpFailure } from "./http_client.ts";
import type { DeadlineTable, Expiring } from "./http_wire_deadlines.ts";
import { WireOutput } from "./http_wire_output.ts";
import type { WireSocket } from "./http_wire_runtime.ts";

/** Read buffers start at this size and grow while reads fill them. */
const SMALLEST_BUFFER = 16 * 1024;
const LARGEST_BUFFER = 256 * 1024;
/** The least space worth a read. */
const LEAST_SPACE = 4 * 1024;

/** Decodes bytes within a buffer. */
export interface InPlaceDecoder {
  /** Decodes `buffer` from `start` to `end`; the offset behind the last byte that was used. */
  decode(buffer: Uint8Array<ArrayBuffer>, start: number, end: number): number;
}

/**
 * A TCP connection with its unread bytes. Bytes that were handed out are never written over: their part of
 * the buffer is not used again. Nothing is read but on request, so that a slow reader slows the server down.
 */
export class WireConnection implements Expiring {
  /** Where it leads to, fit for messages. */
  readonly origin: string;
  readonly output: WireOutput;
  readonly #socket: WireSocket;
  readonly #deadlines: DeadlineTable<WireConnection>;
  #buffer = new Uint8Array(SMALLEST_BUFFER);
  #start = 0;
  #end = 0;
  #nextBufferSize = SMALLEST_BUFFER;
  #reading: Promise<void> | undefined;
  #ended = false;
  #readError: unknown;
  #failure: HttpFailure | undefined;
  #closed = false;
  #onExpire: (() => void) | undefined;
  deadline = Infinity;

  constructor(origin: string, socket: WireSocket, deadlines: DeadlineTable<WireConnection>) {
    this.origin = origin;
    this.#socket = socket;
    this.#deadlines = deadlines;
    this.output = new WireOutput(socket);
    deadlines.add(this);
  }

  /** The bytes that were received and not taken; valid until the next read. */
  get unread(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  get unreadLength(): number {
    return this.#end - this.#start;
  }

  /** Whether the server has closed its side, or the connection is broken or closed. */
  get ended(): boolean {
    return this.#ended || this.#closed;
  }

  /** Why reading ended, where that was not an orderly close by the server. */
  get readError(): unknown {
    return this.#readError;
  }

  /** What {@linkcode fail} was called with. */
  get failure(): HttpFailure | undefined {
    return this.#failure;
  }

  /** Takes up to `limit` unread bytes. */
  take(limit: number): Uint8Array<ArrayBuffer> {
    const end = Math.min(this.#end, this.#start + limit);
    const bytes = this.#buffer.subarray(this.#start, end);
    this.#start = end;
    return bytes;
  }

  /** Has a decoder work on the unread bytes, in place, and takes those that it used; the buffer they are in. */
  takeDecoded(decoder: InPlaceDecoder): Uint8Array<ArrayBuffer> {
    this.#start = decoder.decode(this.#buffer, this.#start, this.#end);
    return this.#buffer;
  }

  /**
   * Waits for more unread bytes; `false` when none will come (see {@linkcode readError}).
   * @throws {HttpFailure} what {@linkcode fail} was called with
   */
  async more(): Promise<boolean> {
    if (!this.ended) await this.startReading();
    if (this.#failure !== undefined) throw this.#failure;
    return !this.ended;
  }

  /** Starts a read of more unread bytes, unless one is under way; resolves when it is done. Never rejects. */
  startReading(): Promise<void> {
    if (this.#reading !== undefined) return this.#reading;
    if (this.#buffer.length - this.#end < LEAST_SPACE) this.#renewBuffer();
    const space = this.#buffer.subarray(this.#end);
    this.#reading = this.#socket.read(space).then(this.#onRead, this.#onReadError);
    return this.#reading;
  }

  /**
   * Reads straight into `target`, which is not empty, past the unread bytes: only when there are none.
   * The count of bytes read is 0 at the end (see {@linkcode readError}).
   * @throws {HttpFailure} what {@linkcode fail} was called with
   */
  async readInto(target: Uint8Array): Promise<number> {
    let count: number | null = null;
    if (!this.ended) {
      try {
        count = await this.#socket.read(target);
      } catch (error) {
        this.#readError = error;
      }
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (count === null) this.#ended = true;
    return count ?? 0;
  }

  readonly #onRead = (count: number | null): void => {
    this.#reading = undefined;
    if (count === null) {
      this.#ended = true;
      return;
    }
    this.#end += count;
    if (this.#end === this.#buffer.length) {
      this.#nextBufferSize = Math.min(this.#buffer.length * 4, LARGEST_BUFFER);
    }
  };

  readonly #onReadError = (error: unknown): void => {
    this.#reading = undefined;
    this.#ended = true;
    this.#readError = error;
  };

  /** A new buffer that begins with the unread bytes. */
  #renewBuffer(): void {
    const unread = this.unread;
    const size = Math.max(this.#nextBufferSize, unread.length * 2);
    const buffer = new Uint8Array(size);
    buffer.set(unread);
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = unread.length;
  }

  /** Sets the time, on the runtime's clock, at which `onExpire` is called; `Infinity` for never. */
  expireAt(deadline: number, onExpire: (() => void) | undefined): void {
    this.#onExpire = onExpire;
    this.deadline = deadline;
    this.#deadlines.note(deadline);
  }

  expire(): void {
    const onExpire = this.#onExpire;
    this.expireAt(Infinity, undefined);
    onExpire?.();
  }

  /** Lets the connection keep the process alive, or not. */
  holdProcess(hold: boolean): void {
    if (this.#closed) return;
    if (hold) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Closes; whoever waits for bytes gets `failure`. */
  fail(failure: HttpFailure): void {
    if (this.#closed) return;
    this.#failure = failure;
    this.close();
  }

  /** Closes the socket. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.deadline = Infinity;
    this.#deadlines.delete(this);
    this.output.stop();
    this.#socket.close();
  }
}
