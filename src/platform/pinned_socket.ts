import type net from "node:net";
import type { WireSocket } from "./http_wire_runtime.ts";

/** Bytes that may wait for a reader before the socket is told to wait, too. */
const HIGH_WATER_MARK = 256 * 1024;

/** A connected socket of Node's kind as the wire wants it. */
export class PinnedSocket implements WireSocket {
  readonly #socket: net.Socket;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    socket.once("end", () => this.#onEnd());
    socket.once("close", () => this.#onEnd());
    socket.on("error", (error) => this.#onEnd(error));
  }

  async read(target: Uint8Array): Promise<number | null> {
    while (this.#waitingBytes === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#take(target);
  }

  write(source: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(source, (error) => error ? reject(error) : resolve(source.length));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  #onData(chunk: Uint8Array): void {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= HIGH_WATER_MARK) this.#socket.pause();
    this.#wakeReader();
  }

  #onEnd(error?: Error): void {
    this.#ended = true;
    this.#error ??= error;
    this.#wakeReader();
  }

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #take(target: Uint8Array): number {
    let count = 0;
    for (;;) {
      const [chunk] = this.#waiting;
      if (chunk === undefined || count === target.length) break;
      const part = chunk.subarray(0, target.length - count);
      target.set(part, count);
      count += part.length;
      if (part.length === chunk.length) this.#waiting.shift();
      else this.#waiting[0] = chunk.subarray(part.length);
    }
    this.#waitingBytes -= count;
    if (this.#waitingBytes === 0) this.#socket.resume();
    return count;
  }
}
