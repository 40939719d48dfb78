import type { WireSocket } from "./http_wire_runtime.ts";

/** A body up to this size is copied behind the head, so that both go out in one write. */
const LARGEST_JOINED_BODY = 32 * 1024;

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

/**
 * The sending side of a connection: one request at a time, written while the reply is already awaited,
 * because a server may answer, and close, before it has read the request.
 */
export class WireOutput {
  readonly #socket: WireSocket;
  #scratch = NOTHING;
  #rest = NOTHING;
  #next = NOTHING;
  #state: "idle" | "writing" | "failed" | "stopped" = "idle";
  #accepted = 0;
  #writes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(socket: WireSocket) {
    this.#socket = socket;
  }

  /** How many bytes of the request the operating system has taken. */
  get accepted(): number {
    return this.#accepted;
  }

  /** How many writes the request has taken so far: more than one for a large body only. */
  get writes(): number {
    return this.#writes;
  }

  /** Whether the whole request was taken. */
  get finished(): boolean {
    return this.#state === "idle";
  }

  /** Whether the server cannot have seen any of the request: writing failed before a byte of it was taken. */
  get nothingSent(): boolean {
    return this.#state === "failed" && this.#accepted === 0;
  }

  /** Resolves when the write under way is done, well or not. */
  get settled(): Promise<void> {
    return this.#writing;
  }

  /**
   * Starts to send a request; only when the one before was {@linkcode finished}.
   * @param head ASCII text, or Latin-1 bytes of the head
   */
  send(head: string | Uint8Array<ArrayBuffer>, body: Uint8Array<ArrayBuffer> | undefined): void {
    const joined = body === undefined || body.length > LARGEST_JOINED_BODY ? NOTHING : body;
    this.#next = body === undefined || joined === body ? NOTHING : body;
    this.#accepted = 0;
    this.#writes = 0;
    this.#state = "writing";
    this.#rest = this.#join(head, joined);
    this.#write();
  }

  /** Nothing more is written. */
  stop(): void {
    if (this.#state !== "failed") this.#state = "stopped";
    this.#rest = this.#next = NOTHING;
  }

  #join(
    head: string | Uint8Array<ArrayBuffer>,
    body: Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer> {
    const length = head.length + body.length;
    if (this.#scratch.length < length) {
      this.#scratch = new Uint8Array(Math.max(2048, length * 2));
    }
    if (typeof head === "string") encoder.encodeInto(head, this.#scratch);
    else this.#scratch.set(head);
    this.#scratch.set(body, head.length);
    return this.#scratch.subarray(0, length);
  }

  #write(): void {
    this.#writing = this.#socket.write(this.#rest).then(this.#onWritten, this.#onWriteError);
  }

  readonly #onWritten = (count: number): void => {
    this.#accepted += count;
    this.#writes++;
    if (this.#state !== "writing") return;
    this.#rest = count < this.#rest.length ? this.#rest.subarray(count) : this.#next;
    if (this.#rest === this.#next) this.#next = NOTHING;
    if (this.#rest.length > 0) this.#write();
    else this.#state = "idle";
  };

  readonly #onWriteError = (): void => {
    if (this.#state === "writing") this.#state = "failed";
    this.#rest = this.#next = NOTHING;
  };
}
