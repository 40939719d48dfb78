import type { HttpRequest } from "./http_client.ts";
import { cannotSend } from "./http_wire_failures.ts";
import type { WireTarget } from "./http_wire_target.ts";

/**
 * The request line and header section (RFC 9112, sections 3 and 5): ASCII text, or Latin-1 bytes where a
 * value needs them. A `Host`, a `User-Agent` and the `Content-Length` are added.
 * @throws {HttpFailure} `protocol`, for a header that would break the message
 */
export function serializeHead(
  request: HttpRequest,
  target: WireTarget,
): string | Uint8Array<ArrayBuffer> {
  let head = request.method + target.requestLineEnd;
  let hostGiven = false;
  let agentGiven = false;
  let plain = true;
  for (const [name, value] of request.headers) {
    const field = FIELDS.get(name) ?? describeField(name);
    if (field.use === "refused") throw cannotSend(target.origin, field.reason);
    if (NOT_PLAIN.test(value)) {
      const reason = reasonToRefuse(name, value);
      if (reason !== undefined) throw cannotSend(target.origin, reason);
      plain = false;
    }
    // The body decides.
    if (field.use === "length") continue;
    if (field.use === "host") hostGiven = true;
    else if (field.use === "agent") agentGiven = true;
    head += field.prefix + value + "\r\n";
  }
  if (!hostGiven) head += target.hostField;
  if (!agentGiven) head += "user-agent: causeway\r\n";
  if (request.body !== undefined) head += `content-length: ${request.body.length}\r\n`;
  else if (request.method === "POST" || request.method === "PUT") head += "content-length: 0\r\n";
  head += "\r\n";
  return plain ? head : Uint8Array.from(head, (character) => character.charCodeAt(0));
}

const NOT_PLAIN = /[^\t\x20-\x7e]/;
const BREAKS_VALUE = /[\0\r\n]/;
const NOT_LATIN1 = /[^\0-\xff]/;

function reasonToRefuse(name: string, value: string): string | undefined {
  if (BREAKS_VALUE.test(value)) return `the value of header "${name}" has a line break or NUL`;
  if (NOT_LATIN1.test(value)) {
    return `the value of header "${name}" has characters outside of Latin-1`;
  }
  return undefined;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What becomes of a header of the caller. */
type Field =
  | { readonly use: "plain" | "host" | "agent" | "length"; readonly prefix: string }
  | { readonly use: "refused"; readonly reason: string };

/** Names seen before; callers send the same few over and over. */
const FIELDS = new Map<string, Field>();
const MOST_FIELDS = 64;

function describeField(name: string): Field {
  const field = judgeField(name);
  if (FIELDS.size >= MOST_FIELDS) FIELDS.clear();
  FIELDS.set(name, field);
  return field;
}

function judgeField(name: string): Field {
  if (!TOKEN.test(name)) return { use: "refused", reason: "the name of a header is malformed" };
  const prefix = `${name}: `;
  switch (name.toLowerCase()) {
    case "host":
      return { use: "host", prefix };
    case "user-agent":
      return { use: "agent", prefix };
    case "content-length":
      return { use: "length", prefix };
    case "transfer-encoding":
    case "upgrade":
      return { use: "refused", reason: `the header "${name}" is not for callers to set` };
    default:
      return { use: "plain", prefix };
  }
}
