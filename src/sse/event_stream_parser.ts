import { joinBytes } from "../platform/joined_bytes.ts";

/** One server-sent event, as the HTML standard's "event stream interpretation" dispatches it. */
export interface ServerSentEvent {
  /** The event's type; `message` when the stream names none. */
  readonly type: string;
  /** The data without the last line break; `undefined` for an event that only sets an id or a delay. */
  readonly data: Uint8Array<ArrayBuffer> | undefined;
  /** The id that stood in this very event (it may be empty, which clears the last id). */
  readonly id: string | undefined;
  /** The reconnection time that the event sets, in milliseconds. */
  readonly retry: number | undefined;
}

/** An event is larger than the parser may keep. */
export class EventTooLargeError extends Error {
  override readonly name = "EventTooLargeError";
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COLON = 0x3a;

/** How many lines of data are kept one by one; more are joined, since each costs far more than its bytes. */
const MOST_LOOSE_LINES = 1024;

const decoder = new TextDecoder();
const DIGITS = /^[0-9]{1,9}$/;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Turns the bytes of a `text/event-stream` into events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
 * Data stays bytes: an event with one `data:` line, whole within a chunk, is a view of that chunk.
 */
export class EventStreamParser {
  readonly #maxEventBytes: number;
  #partial: Bytes[] = [];
  #partialLength = 0;
  /** The lines of data so far; several that were joined stand as one. */
  #data: Bytes[] = [];
  #looseLines = 0;
  #dataLength = 0;
  #type = "";
  #id: string | undefined;
  #retry: number | undefined;
  #skipLineFeed = false;
  #atStart = true;

  /** @param maxEventBytes the most bytes that one event's data, or one line, may have */
  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
  }

  /**
   * Takes the next chunk, which the parser may keep, and gives the events that it completes.
   * @throws {EventTooLargeError} when an event exceeds the limit; the parser is of no use afterwards
   */
  push(chunk: Bytes): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    let start = 0;
    if (this.#skipLineFeed && chunk.length > 0) {
      if (chunk[0] === LINE_FEED) start = 1;
      this.#skipLineFeed = false;
    }
    let carriageReturn = chunk.indexOf(CARRIAGE_RETURN, start);
    let lineFeed = chunk.indexOf(LINE_FEED, start);
    while (carriageReturn !== -1 || lineFeed !== -1) {
      const endsWithReturn = carriageReturn !== -1 &&
        (lineFeed === -1 || carriageReturn < lineFeed);
      const end = endsWithReturn ? carriageReturn : lineFeed;
      this.#line(chunk, start, end, events);
      start = end + 1;
      if (endsWithReturn) {
        if (start === chunk.length) this.#skipLineFeed = true;
        else if (chunk[start] === LINE_FEED) start++;
        carriageReturn = chunk.indexOf(CARRIAGE_RETURN, start);
      }
      if (lineFeed < start && lineFeed !== -1) lineFeed = chunk.indexOf(LINE_FEED, start);
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return events;
  }

  /**
   * The stream ended in good order. The standard drops an event that no blank line ended; some servers
   * close right after their last line, so what is there is given for the caller to judge.
   */
  end(): ServerSentEvent | undefined {
    const events: ServerSentEvent[] = [];
    if (this.#partialLength > 0) this.#line(new Uint8Array(0), 0, 0, events);
    this.#dispatch(events);
    return events[0];
  }

  #keep(piece: Bytes): void {
    this.#partial.push(piece);
    this.#partialLength += piece.length;
    if (this.#partialLength + this.#dataLength > this.#maxEventBytes) {
      throw new EventTooLargeError();
    }
  }

  /** A whole line: what was kept of it from earlier chunks, and `chunk` from `start` to `end`. */
  #line(chunk: Bytes, start: number, end: number, events: ServerSentEvent[]): void {
    if (this.#partialLength > 0) {
      this.#keep(chunk.subarray(start, end));
      chunk = joinBytes(this.#partial);
      this.#partial = [];
      this.#partialLength = 0;
      start = 0;
      end = chunk.length;
    }
    if (this.#atStart) {
      this.#atStart = false;
      if (chunk[start] === 0xef && chunk[start + 1] === 0xbb && chunk[start + 2] === 0xbf) {
        start += 3;
      }
    }
    if (start === end) this.#dispatch(events);
    else if (isDataLine(chunk, start, end)) this.#addData(chunk, start + 4, end);
    else this.#field(chunk, start, end);
  }

  #addData(chunk: Bytes, start: number, end: number): void {
    if (start < end) start++; // the colon
    if (chunk[start] === 0x20 && start < end) start++;
    this.#data.push(chunk.subarray(start, end));
    this.#dataLength += end - start + 1;
    if (this.#dataLength > this.#maxEventBytes) throw new EventTooLargeError();
    if (++this.#looseLines >= MOST_LOOSE_LINES) this.#joinLoose();
  }

  #joinLoose(): void {
    const loose = this.#data.splice(-this.#looseLines);
    const length = loose.reduce((sum, line) => sum + line.length + 1, -1);
    this.#data.push(joinLines(loose, length));
    this.#looseLines = 0;
  }

  #field(chunk: Bytes, start: number, end: number): void {
    if (chunk[start] === COLON) return;
    const text = decoder.decode(chunk.subarray(start, end));
    const colon = text.indexOf(":");
    const name = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? "" : text.slice(text[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && DIGITS.test(value)) this.#retry = Number(value);
  }

  #dispatch(events: ServerSentEvent[]): void {
    const data = this.#takeData();
    const type = this.#type === "" ? "message" : this.#type;
    if (data !== undefined || this.#id !== undefined || this.#retry !== undefined) {
      events.push({ type, data, id: this.#id, retry: this.#retry });
    }
    this.#type = "";
    this.#id = undefined;
    this.#retry = undefined;
  }

  #takeData(): Bytes | undefined {
    const lines = this.#data;
    if (lines.length === 0) return undefined;
    const length = this.#dataLength - 1;
    this.#data = [];
    this.#dataLength = 0;
    this.#looseLines = 0;
    if (length === 0) return undefined;
    return lines.length === 1 ? lines[0] : joinLines(lines, length);
  }
}

function isDataLine(chunk: Bytes, start: number, end: number): boolean {
  return chunk[start] === 0x64 && chunk[start + 1] === 0x61 && chunk[start + 2] === 0x74 &&
    chunk[start + 3] === 0x61 &&
    (start + 4 === end || (chunk[start + 4] === COLON && start + 4 < end));
}

function joinLines(lines: readonly Bytes[], length: number): Bytes {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const [index, line] of lines.entries()) {
    if (index > 0) whole[offset++] = LINE_FEED;
    whole.set(line, offset);
    offset += line.length;
  }
  return whole;
}
