import { resultFrame } from "../jsonrpc/error_frame.ts";
import type { Frame } from "../jsonrpc/frame.ts";
import { LISTED_MEMBER, TOOLS_LIST } from "../mcp/methods.ts";
import { absentLists, callsSignIn, signInAnswer } from "./provisional_answers.ts";

/** What our tool says once it has done its work. */
export const SIGNED_IN =
  "You are signed in. The server's own tools take the place of this one: list them again.";

/**
 * What the client still believes of our own answers when the server answers for itself: lists that we
 * announced too much stay empty instead of failing, and our tool says that all is well for as long as
 * the client has not seen the server's own.
 */
export class ProvisionalRemains {
  readonly #absent = new Set<string>();
  #showsTool = false;

  /** Whether anything is left. */
  get any(): boolean {
    return this.#absent.size > 0 || this.#showsTool;
  }

  /** The client has been shown our tool, and may still call it. */
  toolShown(): void {
    this.#showsTool = true;
  }

  /** Takes the server's own answer to `initialize`, which may announce less than ours. */
  compare(initializeResponse: Frame): void {
    for (const method of absentLists(initializeResponse)) this.#absent.add(method);
  }

  /** Our answer to a message of the client; `undefined` for one that is the server's to take. */
  answerTo(frame: Frame): Frame | undefined {
    const { envelope } = frame;
    if (envelope.kind !== "request") return undefined;
    if (this.#showsTool && callsSignIn(frame)) return signInAnswer(envelope.id, SIGNED_IN);
    if (envelope.method === TOOLS_LIST) this.#showsTool = false;
    if (!this.#absent.has(envelope.method)) return undefined;
    return resultFrame(envelope.id, { [LISTED_MEMBER[envelope.method] ?? ""]: [] });
  }

  clear(): void {
    this.#absent.clear();
    this.#showsTool = false;
  }
}
