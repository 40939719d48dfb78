import { CausewayError } from "../errors.ts";
import {
  type HttpClient,
  HttpFailure,
  type HttpReply,
  type HttpRequest,
} from "../platform/http_client.ts";

/**
 * Turns the failure of a sign-in that happened within an exchange into an {@linkcode HttpFailure}, so
 * that callers know one kind of failure only. The request was refused: it may be sent again later.
 * Whatever else goes wrong while signing in fails this exchange, and not the whole program.
 */
export class AuthorizationFailures implements HttpClient {
  readonly #client: HttpClient;

  constructor(client: HttpClient) {
    this.#client = client;
  }

  async exchange(request: HttpRequest): Promise<HttpReply> {
    try {
      return await this.#client.exchange(request);
    } catch (cause) {
      if (cause instanceof HttpFailure) throw cause;
      if (!(cause instanceof CausewayError)) throw unexpected(cause);
      const hint = cause.hint === undefined ? {} : { hint: cause.hint };
      throw new HttpFailure("authorization", "not_sent", cause.clause, { cause, ...hint });
    }
  }

  dropIdleConnections(): void {
    this.#client.dropIdleConnections();
  }

  close(): void {
    this.#client.close();
  }
}

/** An error that nobody foresaw; its text may hold a secret, its name does not. */
function unexpected(cause: unknown): HttpFailure {
  const name = cause instanceof Error ? cause.name : typeof cause;
  return new HttpFailure("authorization", "unknown", `signing in met an internal error (${name})`, {
    cause,
    hint: "--debug logs more; please report it",
  });
}
