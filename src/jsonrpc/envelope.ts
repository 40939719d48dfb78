/**
 * A request id as canonical JSON text (`1`, `"a"`, `12345678901234567890`), so that ids compare by
 * `===` and large numbers and the difference between `1` and `"1"` survive.
 */
export type RequestId = string;

/** Where a value stands in a frame's bytes: from `start` (inclusive) to `end` (exclusive). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * What the top-level members of a JSON-RPC message say (JSON-RPC 2.0, sections 4 and 5; batches:
 * section 6, in MCP only in 2025-03-26).
 */
export type Envelope =
  | {
    readonly kind: "request";
    readonly id: RequestId;
    readonly idSpan: Span;
    readonly method: string;
    readonly paramsSpan: Span | undefined;
  }
  | {
    readonly kind: "notification";
    readonly method: string;
    readonly paramsSpan: Span | undefined;
  }
  | {
    readonly kind: "result";
    readonly id: RequestId;
    readonly idSpan: Span;
    readonly resultSpan: Span;
  }
  | {
    readonly kind: "error";
    /** `undefined` when the id is `null` or absent: such an error answers nothing. */
    readonly id: RequestId | undefined;
    readonly idSpan: Span | undefined;
    readonly errorSpan: Span;
  }
  | { readonly kind: "batch"; readonly members: readonly Span[] };
