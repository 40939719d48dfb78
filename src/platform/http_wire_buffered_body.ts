import type { HttpBody } from "./http_client.ts";
import { cancelled, tooLarge } from "./http_wire_failures.ts";

/** Content that came together with its head: there is nothing to wait for and no connection to give back. */
export class BufferedBody implements HttpBody {
  readonly #origin: string;
  readonly #signal: AbortSignal | undefined;
  #content: Uint8Array<ArrayBuffer>;
  #cancelled = false;

  constructor(content: Uint8Array<ArrayBuffer>, origin: string, signal: AbortSignal | undefined) {
    this.#content = content;
    this.#origin = origin;
    this.#signal = signal;
  }

  // The failures are rejections, which is what `async` is for here.
  // deno-lint-ignore require-await
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const content = this.#take();
    return content.length === 0 ? undefined : content;
  }

  // deno-lint-ignore require-await
  async bytes(limit: number): Promise<Uint8Array<ArrayBuffer>> {
    const content = this.#take();
    if (content.length > limit) throw tooLarge(this.#origin, limit);
    return content;
  }

  cancel(): void {
    if (this.#content.length > 0) this.#cancelled = true;
  }

  #take(): Uint8Array<ArrayBuffer> {
    const content = this.#content;
    if (content.length > 0 && (this.#cancelled || this.#signal?.aborted === true)) {
      throw cancelled(this.#origin, "unknown", "the request was cancelled");
    }
    this.#content = content.subarray(content.length);
    return content;
  }
}
