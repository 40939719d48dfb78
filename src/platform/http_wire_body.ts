import type { HttpBody, HttpFailure } from "./http_client.ts";
import { ContentCollector, LEAST_DIRECT_READ } from "./http_wire_content_collector.ts";
import type { WireConnection } from "./http_wire_connection.ts";
import type { ContentSource } from "./http_wire_content.ts";
import { cancelled, cannotReadReply } from "./http_wire_failures.ts";
import type { WireRuntime } from "./http_wire_runtime.ts";

/** The exchange that a body belongs to. */
export interface BodyOwner {
  readonly connection: WireConnection;
  /** The content was read to its end. */
  complete(): void;
  /** The rest cannot be had, or is not wanted; the failure to throw. */
  fail(error: unknown): HttpFailure;
}

/** How a body is read. */
export interface BodyOptions {
  /** The longest wait for bytes, in milliseconds; 0 means no limit. */
  readonly silenceLimit: number;
  readonly runtime: WireRuntime;
}

/** Content that is read from its connection as its reader asks for it. */
export class WireBody implements HttpBody {
  readonly #owner: BodyOwner;
  readonly #source: ContentSource;
  readonly #options: BodyOptions;
  #state: "open" | "complete" | HttpFailure = "open";

  constructor(owner: BodyOwner, source: ContentSource, options: BodyOptions) {
    this.#owner = owner;
    this.#source = source;
    this.#options = options;
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      for (;;) {
        const chunk = this.#take();
        if (chunk !== undefined || this.#state === "complete") return chunk;
        await this.#wait(() => this.#owner.connection.more());
      }
    } catch (error) {
      throw this.#fail(error);
    }
  }

  async bytes(limit: number): Promise<Uint8Array<ArrayBuffer>> {
    const content = new ContentCollector(limit, this.#owner.connection.origin);
    try {
      content.expect(this.#source.length ?? 0);
      for (;;) {
        const chunk = this.#take();
        if (chunk !== undefined) content.add(chunk);
        else if (this.#state === "complete") return content.bytes();
        else if (this.#source.ahead < LEAST_DIRECT_READ) {
          await this.#wait(() => this.#owner.connection.more());
        } else await this.#readInto(content);
      }
    } catch (error) {
      throw this.#fail(error);
    }
  }

  cancel(): void {
    if (this.#state !== "open") return;
    try {
      // What is here already costs nothing to skip, and spares the connection if that was all.
      while (this.#take() !== undefined);
      if (this.#source.done) return;
    } catch {
      // Broken content that nobody wants.
    }
    const { origin } = this.#owner.connection;
    this.#fail(cancelled(origin, "unknown", "the rest of the reply was given up"));
  }

  /** The content that is here. */
  #take(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#state === "complete") return undefined;
    if (this.#state !== "open") throw this.#state;
    const { connection } = this.#owner;
    if (connection.failure !== undefined) throw connection.failure;
    const chunk = this.#source.take(connection);
    if (this.#source.done) this.#complete();
    return chunk;
  }

  async #readInto(content: ContentCollector): Promise<void> {
    const room = content.room(this.#source.ahead);
    await this.#wait(async () => {
      const count = await this.#owner.connection.readInto(room);
      content.advance(count);
      this.#source.skip(count);
      return count > 0;
    });
    if (this.#source.done) this.#complete();
  }

  /** Waits for bytes, no longer than allowed; at the end of the connection judges what that means. */
  async #wait(receive: () => Promise<boolean>): Promise<void> {
    const { connection } = this.#owner;
    const { silenceLimit, runtime } = this.#options;
    if (silenceLimit > 0) {
      connection.expireAt(runtime.now() + silenceLimit, () => this.#timeOut(silenceLimit));
    }
    const received = await receive();
    if (silenceLimit > 0) connection.expireAt(Infinity, undefined);
    if (received) return;
    if (this.#source.endsWithConnection && connection.readError === undefined) {
      return this.#complete();
    }
    const what = "the connection ended within its content";
    throw cannotReadReply(connection.origin, "truncated", "unknown", what, connection.readError);
  }

  #timeOut(limit: number): void {
    const { connection } = this.#owner;
    const what = `its content stopped for ${limit / 1000} s`;
    connection.fail(cannotReadReply(connection.origin, "body_timeout", "unknown", what));
  }

  #complete(): void {
    this.#state = "complete";
    this.#owner.complete();
  }

  #fail(error: unknown): HttpFailure {
    const failure = this.#owner.fail(error);
    if (this.#state === "open") this.#state = failure;
    return failure;
  }
}
