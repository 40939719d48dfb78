import type { Frame, JsonObject, JsonValue } from "../jsonrpc/frame.ts";
import { objectOf } from "../jsonrpc/json_object.ts";
import { withSpan } from "../jsonrpc/message_frame.ts";
import { LISTED_MEMBER } from "../mcp/methods.ts";

/** Bounds on following a list: pages, and milliseconds since the first. */
const MAX_PAGES = 200;
const MAX_TIME = 20_000;

/** What following pages needs. */
export interface PageSource {
  /** Sends a request of our own and gives its answer; `undefined` when `limit` milliseconds brought none. */
  readonly ask: (method: string, params: JsonObject, limit: number) => Promise<Frame | undefined>;
  /** Whether somebody still waits for the list. */
  readonly isWanted: () => boolean;
  /** Monotonic time in milliseconds. */
  readonly now: () => number;
}

/** Whether the request asks for the first page of a list. */
export function asksForFirstPage(request: Frame): boolean {
  if (request.envelope.kind !== "request") return false;
  if (LISTED_MEMBER[request.envelope.method] === undefined) return false;
  return objectOf(request.json()["params"])?.["cursor"] === undefined;
}

/**
 * Follows `nextCursor` and joins the pages of a list into one answer, for clients that read only the
 * first (2025-11-25, server/utilities/pagination). What was read when a bound is hit, a cursor
 * repeats or a page fails is kept, with the cursor that leads on where it still can.
 */
export async function mergePages(request: Frame, first: Frame, source: PageSource): Promise<Frame> {
  if (request.envelope.kind !== "request" || first.envelope.kind !== "result") return first;
  const member = LISTED_MEMBER[request.envelope.method];
  const result = objectOf(first.json()["result"]);
  const start = member === undefined ? undefined : result?.[member];
  if (member === undefined || result === undefined || !Array.isArray(start)) return first;
  let cursor = cursorOf(result);
  if (cursor === undefined) return first;

  const items: JsonValue[] = [...start];
  const seen = new Set<string>();
  const until = source.now() + MAX_TIME;
  const params = objectOf(request.json()["params"]) ?? {};
  for (let page = 1; page < MAX_PAGES; page++) {
    const limit = until - source.now();
    if (limit <= 0 || cursor === undefined || !source.isWanted()) break;
    if (seen.has(cursor)) {
      cursor = undefined;
      break;
    }
    seen.add(cursor);
    const response = await source.ask(request.envelope.method, { ...params, cursor }, limit);
    const next = objectOf(response?.json()["result"]);
    const more = next?.[member];
    if (next === undefined || !Array.isArray(more)) break;
    for (const item of more) items.push(item);
    cursor = cursorOf(next);
  }
  const { nextCursor: _, ...rest } = result;
  const leads = cursor === undefined ? {} : { nextCursor: cursor };
  return withSpan(first, first.envelope.resultSpan, { ...rest, [member]: items, ...leads });
}

/** The cursor of the next page; some servers say "" where there is none. */
function cursorOf(result: JsonObject): string | undefined {
  const cursor = result["nextCursor"];
  return typeof cursor === "string" && cursor !== "" ? cursor : undefined;
}
