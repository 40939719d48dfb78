import type { TextReply } from "../../../src/oauth/oauth_exchange.ts";

/** A reply as a table writes it. */
export interface ReplyRow {
  readonly status?: number;
  readonly mediaType?: string;
  readonly location?: string;
  readonly url?: string;
  /** An object is written as JSON. */
  readonly body?: unknown;
}

/** Makes a reply: 200 with JSON unless the row says otherwise. */
export function textReply(row: ReplyRow): TextReply {
  const { body = "" } = row;
  return {
    url: new URL(row.url ?? "https://auth.example.com/there"),
    status: row.status ?? 200,
    mediaType: row.mediaType ?? "application/json",
    location: row.location,
    text: typeof body === "string" ? body : JSON.stringify(body),
  };
}

/** A web page without anything to fill in. */
export const PAGE = "<!doctype html><title>App</title><div id=root></div>";
