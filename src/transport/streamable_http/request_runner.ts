import { errorFrame, INTERNAL_ERROR, type JsonRpcError } from "../../jsonrpc/error_frame.ts";
import type { Frame } from "../../jsonrpc/frame.ts";
import { withId } from "../../jsonrpc/message_frame.ts";
import { DISCOVER } from "../../mcp/methods.ts";
import { HttpFailure } from "../../platform/http_client.ts";
import { isResumable } from "../event_stream_reader.ts";
import {
  endedWithoutAnswer,
  exchangeFailed,
  type FailedRequest,
  notMcp,
  refusedByStatus,
} from "../failure_errors.ts";
import { PendingRequests } from "../pending_requests.ts";
import type { SessionRenewal } from "../session_renewal.ts";
import { type Exchange, type Link, newExchange } from "./link.ts";
import { type PostOutcome, postRequests } from "./post.ts";
import { resumeRequest } from "./resumption.ts";
import { RetryPolicy } from "./retry_policy.ts";

/**
 * Sees a message with requests through to its answers: sends it, resumes its stream, opens a lost
 * session anew and replays what the server refused, repeats what may be repeated, and answers with
 * an error what stays unanswered. Never rejects.
 */
export async function runRequests(
  link: Link,
  frame: Frame,
  renewal: SessionRenewal,
): Promise<void> {
  const pending = new PendingRequests(link.context.open, frame);
  const turns = link.turns.of(pending.method);
  const turn = turns.take();
  if (turn !== undefined) await turn;
  if (link.closing.aborted) {
    turns.give();
    const closed = new HttpFailure("cancelled", "not_sent", "the connection was closed");
    return await pending.fail(exchangeFailed(asked(link, pending), closed));
  }
  const id = pending.first;
  if (id === undefined) return turns.give();
  const exchange = newExchange(pending, link.context.clock.now());
  link.running.set(id, exchange);
  try {
    await run(link, frame, { pending, exchange, renewal });
  } catch (error) {
    await failInternally(link, pending, error);
  } finally {
    turns.give();
    if (link.running.get(id) === exchange) link.running.delete(id);
  }
}

interface Run {
  readonly pending: PendingRequests;
  readonly exchange: Exchange;
  readonly renewal: SessionRenewal;
}

async function run(link: Link, frame: Frame, { pending, exchange, renewal }: Run): Promise<void> {
  const policy = new RetryPolicy(pending.method, link.context.random);
  let replayed = false;
  for (;;) {
    const generation = link.session.generation;
    const outcome = givenUpAs(await postRequests(link, frame, pending, exchange), exchange);
    if (pending.settled) return;
    if (isSessionLost(outcome) && !replayed) {
      replayed = true;
      const renewed = await renewal.renew(generation);
      if (renewed === "renewed" && !pending.settled) continue;
    }
    if (outcome.kind === "accepted" && link.isListening()) {
      await awaitElsewhere(link, pending, exchange);
      if (pending.settled) return;
    }
    if (outcome.kind === "cut" && mayBeResumed(outcome)) {
      const resumption = await resumeRequest(link, outcome.position, pending, exchange);
      if (resumption.kind === "settled") return;
      await fail(
        link,
        pending,
        endedWithoutAnswer(asked(link, pending), cutBecause(outcome, resumption.why)),
      );
      return;
    }
    const wait = policy.waitAfter(outcome);
    if (wait === undefined) {
      await answerFailure(link, pending, outcome);
      return;
    }
    await link.context.clock.sleep(wait, exchange.abort.signal);
    if (pending.settled) return;
  }
}

/** How long an answer may take to come on the listening stream, in milliseconds. */
const ELSEWHERE_PATIENCE = 15_000;

/** Some servers accept a request and answer it on the stream on which they speak unasked. */
async function awaitElsewhere(
  link: Link,
  pending: PendingRequests,
  exchange: Exchange,
): Promise<void> {
  const id = pending.first;
  if (id === undefined) return;
  const done = new AbortController();
  const { signal } = exchange.abort;
  const patience = link.context.clock.sleep(
    ELSEWHERE_PATIENCE,
    AbortSignal.any([signal, done.signal]),
  );
  await Promise.race([link.context.open.whenDone(id), patience]);
  done.abort();
}

function mayBeResumed({ end, position }: PostOutcome & { kind: "cut" }): boolean {
  return isResumable(position) && !(end.kind === "failed" && end.failure.kind === "too_large");
}

/** An exchange that was given up as dead did not fail by being cancelled. */
function givenUpAs(outcome: PostOutcome, exchange: Exchange): PostOutcome {
  if (!exchange.givenUp) return outcome;
  exchange.givenUp = false;
  const failure = new HttpFailure(
    "reset",
    "unknown",
    "the connection is dead: nothing comes, and the server cannot be reached on a new one",
  );
  if (outcome.kind === "cut") return { ...outcome, end: { kind: "failed", failure } };
  return outcome.kind === "failed" ? { kind: "failed", failure } : outcome;
}

function isSessionLost(outcome: PostOutcome): boolean {
  return outcome.kind === "session_lost" ||
    (outcome.kind === "refused" && outcome.refusal === "session_lost");
}

function asked(link: Pick<Link, "context">, pending: PendingRequests): FailedRequest {
  return { method: pending.method, url: link.context.url };
}

function cutBecause(outcome: PostOutcome & { kind: "cut" }, more?: string): string {
  const why = outcome.end.kind === "failed" ? ` (${outcome.end.failure.message})` : "";
  const then = more === undefined ? "" : `; ${more}`;
  return `the connection was lost before the answer came${why}${then}`;
}

async function fail(
  link: Pick<Link, "context">,
  pending: PendingRequests,
  error: JsonRpcError,
): Promise<void> {
  const { logger } = link.context;
  // A probe that is refused tells the client all it needs; nothing is wrong that a person could mend.
  if (pending.method === DISCOVER) logger.debug(error.message);
  else logger.warn(error.message);
  await pending.fail(error);
}

/** Answers what a failed outcome left open: with the server's own error, where it gave one. */
export async function answerFailure(
  link: Pick<Link, "context">,
  pending: PendingRequests,
  outcome: PostOutcome,
): Promise<void> {
  const error = answeringError(outcome);
  if (error !== undefined) {
    for (const id of pending.left()) await link.context.open.settle(addressed(error, id));
    return;
  }
  const described = describeOutcome(asked(link, pending), outcome);
  if (described !== undefined) await fail(link, pending, described);
}

/** A bug of our own costs the one request that met it, and neither an answer nor the other requests. */
export async function failInternally(
  link: Pick<Link, "context">,
  pending: PendingRequests,
  error: unknown,
): Promise<void> {
  const name = error instanceof Error ? error.name : typeof error;
  const hint = "please report it; --debug logs more";
  link.context.logger.debug("An internal error", { error: String(error) });
  await fail(link, pending, {
    code: INTERNAL_ERROR,
    message: `Cannot complete "${pending.method}": an internal error (${name}). Hint: ${hint}`,
  });
}

/**
 * The server's own error, where it answers the request: by naming it, or by a code of the 2026-07-28
 * era, which the client must see. An error without an id answers nothing; its words are told in ours.
 */
export function answeringError(outcome: PostOutcome): Frame | undefined {
  if (outcome.kind === "session_lost") return outcome.error;
  if (outcome.kind !== "refused" || outcome.error === undefined) return undefined;
  const { envelope } = outcome.error;
  const named = envelope.kind === "error" && envelope.id !== undefined;
  return named || outcome.refusal === "modern" ? outcome.error : undefined;
}

/** The server's error under the id of the request that it refuses, whatever id it was given. */
function addressed(error: Frame, id: string): Frame {
  if (error.envelope.kind === "error" && error.envelope.id !== undefined) return withId(error, id);
  const member = error.json()["error"] as unknown as JsonRpcError;
  return errorFrame(id, member);
}

/** The error that tells a person about an outcome; `undefined` for one that needs none. */
export function describeOutcome(
  request: FailedRequest,
  outcome: PostOutcome,
): JsonRpcError | undefined {
  switch (outcome.kind) {
    case "settled":
    case "session_lost":
      return undefined;
    case "accepted":
    case "unanswered":
      return endedWithoutAnswer(request, outcome.what);
    case "not_mcp":
      return notMcp(request, outcome);
    case "cut":
      return outcome.end.kind === "failed" && outcome.end.failure.kind === "too_large"
        ? exchangeFailed(request, outcome.end.failure)
        : endedWithoutAnswer(request, cutBecause(outcome));
    case "refused":
      return refusedByStatus(request, outcome.status, outcome.extract, outcome.retryAfter);
    case "failed":
      return exchangeFailed(request, outcome.failure);
  }
}
