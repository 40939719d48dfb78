import type { Frame } from "../jsonrpc/frame.ts";
import { readFrame } from "../jsonrpc/message_frame.ts";
import { parseRetryAfter } from "../http/retry_after.ts";
import type { HttpReply } from "../platform/http_client.ts";
import { extractText } from "./body_extract.ts";
import { judgeRefusal, mediaType, type Refusal } from "./judge_reply.ts";
import { MAX_EXPLANATION_BYTES } from "./message_limit.ts";
import type { Session } from "./session.ts";
import type { TransportContext } from "./transport.ts";

/** A reply whose status refuses the message. */
export interface RefusedReply {
  readonly kind: "refused";
  readonly refusal: Refusal;
  readonly status: number;
  /** The JSON-RPC error in the body, where it is one. */
  readonly error: Frame | undefined;
  /** What the body says to people, redacted. */
  readonly extract: string;
  /** The wait that the server asks for, in milliseconds. */
  readonly retryAfter: number | undefined;
}

const decoder = new TextDecoder();

/** How long the text of a refusal may take, in milliseconds: the status says the most. */
const EXPLANATION_TIMEOUT = 3000;

/** Reads a refusal's body, as far as it is worth reading, and judges it. Never rejects. */
export async function readRefusal(
  context: TransportContext,
  reply: HttpReply,
  session: Session,
): Promise<RefusedReply> {
  const bytes = await explanation(context, reply);
  const text = decoder.decode(bytes);
  const error = errorIn(bytes);
  const refusal = judgeRefusal({
    status: reply.status,
    error,
    text,
    hadSession: session.id !== undefined,
    initialized: session.established,
    challenged: reply.headers.get("www-authenticate") !== undefined,
  });
  const extract = context.redact(extractText(text, mediaType(reply.headers.get("content-type"))));
  const retryAfter = parseRetryAfter(reply.headers.get("retry-after"), context.clock.wallTime());
  return { kind: "refused", refusal, status: reply.status, error, extract, retryAfter };
}

/** The body, or as much of its beginning as comes in time and is worth reading. */
async function explanation(
  { clock }: TransportContext,
  { body }: HttpReply,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let left = MAX_EXPLANATION_BYTES;
  const timer = clock.after(EXPLANATION_TIMEOUT, () => body.cancel());
  try {
    while (left > 0) {
      const chunk = await body.read();
      if (chunk === undefined) break;
      pieces.push(chunk.subarray(0, left));
      left -= chunk.length;
    }
  } catch {
    // A refusal whose body cannot be read is a refusal all the same.
  }
  timer.stop();
  if (left <= 0) body.cancel();
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

function errorIn(bytes: Uint8Array<ArrayBuffer>): Frame | undefined {
  try {
    const frame = readFrame(bytes);
    return frame.envelope.kind === "error" ? frame : undefined;
  } catch {
    return undefined;
  }
}
