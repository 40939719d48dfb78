import { ChunkedDecoder } from "./http_wire_chunked.ts";
import type { WireConnection } from "./http_wire_connection.ts";
import type { ReplyFraming } from "./http_wire_framing.ts";

/** Takes the content of one reply out of what its connection received. */
export interface ContentSource {
  /** Whether the content has come to its end. */
  readonly done: boolean;
  /** How many bytes it has in all, where the head said so. */
  readonly length: number | undefined;
  /** How many bytes of content come next with no framing between them (`Infinity` when all that comes is). */
  readonly ahead: number;
  /** Whether the end of the connection is the end of the content. */
  readonly endsWithConnection: boolean;
  /**
   * Takes the content among the unread bytes; `undefined` when there is none.
   * @throws {WireSyntaxError} the framing is broken
   */
  take(connection: WireConnection): Uint8Array<ArrayBuffer> | undefined;
  /** Notes that `count` of the bytes {@linkcode ahead} were read past the unread bytes. */
  skip(count: number): void;
}

/** The source for a framing. */
export function contentSource(framing: ReplyFraming): ContentSource {
  switch (framing.kind) {
    case "length":
      return new LengthSource(framing.length);
    case "chunked":
      return new ChunkedSource();
    case "until_close":
      return new UntilCloseSource();
  }
}

class LengthSource implements ContentSource {
  readonly endsWithConnection = false;
  readonly length: number;
  ahead: number;

  constructor(length: number) {
    this.length = length;
    this.ahead = length;
  }

  get done(): boolean {
    return this.ahead === 0;
  }

  take(connection: WireConnection): Uint8Array<ArrayBuffer> | undefined {
    if (this.ahead === 0 || connection.unreadLength === 0) return undefined;
    const bytes = connection.take(this.ahead);
    this.ahead -= bytes.length;
    return bytes;
  }

  skip(count: number): void {
    this.ahead -= count;
  }
}

class ChunkedSource implements ContentSource {
  readonly endsWithConnection = false;
  readonly length = undefined;
  readonly #decoder = new ChunkedDecoder();

  get done(): boolean {
    return this.#decoder.done;
  }

  get ahead(): number {
    return this.#decoder.dataAhead;
  }

  take(connection: WireConnection): Uint8Array<ArrayBuffer> | undefined {
    const decoder = this.#decoder;
    if (decoder.done || connection.unreadLength === 0) return undefined;
    const buffer = connection.takeDecoded(decoder);
    if (decoder.dataStart === decoder.dataEnd) return undefined;
    return buffer.subarray(decoder.dataStart, decoder.dataEnd);
  }

  skip(count: number): void {
    this.#decoder.skipData(count);
  }
}

class UntilCloseSource implements ContentSource {
  readonly endsWithConnection = true;
  readonly length = undefined;
  readonly done = false;
  readonly ahead = Infinity;

  take(connection: WireConnection): Uint8Array<ArrayBuffer> | undefined {
    return connection.unreadLength === 0 ? undefined : connection.take(Infinity);
  }

  skip(): void {}
}
