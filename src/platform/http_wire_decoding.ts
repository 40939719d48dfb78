import type { HttpBody, HttpReply, HttpRequest } from "./http_client.ts";
import { DecompressedBody } from "./http_wire_decompressed_body.ts";
import { UndecodableBody } from "./http_wire_undecodable_body.ts";

/**
 * The reply with its content decoded. Compression is not asked for (most servers of plain `http:` are near,
 * where it costs more than it saves), but some apply it all the same.
 */
export function decodedReply(
  reply: HttpReply,
  method: HttpRequest["method"],
  origin: string,
): HttpReply {
  const coding = reply.headers.get("content-encoding")?.toLowerCase();
  if (coding === undefined || coding === "" || coding === "identity") return reply;
  if (method === "HEAD" || reply.status === 204 || reply.status === 304) return reply;
  const { status, headers } = reply;
  return { status, headers, body: decodedBody(reply.body, coding, origin) };
}

function decodedBody(body: HttpBody, coding: string, origin: string): HttpBody {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return new DecompressedBody(body, "gzip", origin);
    case "deflate":
      return new DecompressedBody(body, "deflate", origin);
    default:
      return new UndecodableBody(body, coding, origin);
  }
}
