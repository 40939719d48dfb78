import { HttpFailure, type HttpFailureKind } from "./http_client.ts";

/** Whether the server may have seen a request (see {@linkcode HttpFailure}). */
export type Delivery = HttpFailure["delivery"];

/** A connection that could not be made: nothing was sent. */
export function cannotReach(
  origin: string,
  kind: HttpFailureKind,
  what: string,
  options: { readonly cause?: unknown; readonly hint?: string } = {},
): HttpFailure {
  return new HttpFailure(kind, "not_sent", `Cannot reach "${origin}": ${what}`, options);
}

/** A request that the client refuses to send. */
export function cannotSend(origin: string, what: string): HttpFailure {
  return new HttpFailure("protocol", "not_sent", `Cannot send a request to "${origin}": ${what}`);
}

/** A reply that is not HTTP, or not of the part of HTTP that the client knows. */
export function cannotUnderstand(origin: string, what: string, hint?: string): HttpFailure {
  return new HttpFailure(
    "protocol",
    "unknown",
    `Cannot understand the reply of "${origin}": ${what}`,
    hint === undefined ? {} : { hint },
  );
}

/** A reply that did not come, or not whole. */
export function cannotReadReply(
  origin: string,
  kind: HttpFailureKind,
  delivery: Delivery,
  what: string,
  cause?: unknown,
): HttpFailure {
  return new HttpFailure(
    kind,
    delivery,
    `Cannot read the reply of "${origin}": ${what}`,
    { cause },
  );
}

/** A body that has more than `limit` bytes. */
export function tooLarge(origin: string, limit: number): HttpFailure {
  return cannotReadReply(origin, "too_large", "unknown", `it has more than ${limit} bytes`);
}

/** An exchange whose signal was aborted, or whose client was closed. */
export function cancelled(origin: string, delivery: Delivery, what: string): HttpFailure {
  return new HttpFailure("cancelled", delivery, `Cannot finish a request to "${origin}": ${what}`);
}

/**
 * Thrown by the pure parsers for bytes that are not HTTP; the message says what is wrong.
 * The connection turns it into an {@linkcode HttpFailure} of kind `protocol`.
 */
export class WireSyntaxError extends Error {
  override readonly name = "WireSyntaxError";
}
