import type { HttpBody, HttpFailure } from "./http_client.ts";
import { cannotUnderstand } from "./http_wire_failures.ts";

/**
 * Content in a coding that is not known. Only its reader fails: status and headers are good (a 401 says there
 * how to sign in), and there may be no content at all.
 */
export class UndecodableBody implements HttpBody {
  readonly #body: HttpBody;
  readonly #coding: string;
  readonly #origin: string;

  constructor(body: HttpBody, coding: string, origin: string) {
    this.#body = body;
    this.#coding = coding;
    this.#origin = origin;
  }

  async read(): Promise<undefined> {
    if (await this.#body.read() === undefined) return undefined;
    this.#body.cancel();
    throw this.#failure();
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    await this.read();
    return new Uint8Array(0);
  }

  cancel(): void {
    this.#body.cancel();
  }

  #failure(): HttpFailure {
    const name = /^[a-z0-9_-]{1,20}$/.test(this.#coding)
      ? `"${this.#coding}"`
      : "of an unknown name";
    const what = `it has a content coding ${name}, which was not asked for`;
    return cannotUnderstand(this.#origin, what);
  }
}
