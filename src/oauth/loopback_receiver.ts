import { CausewayError } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../platform/clock.ts";
import type { ListenOutcome, LoopbackListeners } from "../platform/loopback_listener.ts";
import { CallbackListener } from "./callback_listener.ts";
import { unblockedPort } from "./blocked_ports.ts";
import type { CallbackSettings } from "./callback_settings.ts";
import { parsePastedCallback } from "./pasted_callback.ts";
import type { AuthorizationReceiver, ListeningReceiver, ListenRequest } from "./ports.ts";

/** How many ports are tried in a row, the first included; the same as mcp-remote's. */
const CANDIDATES = 8;
/** How often, and how many milliseconds apart, a port that must be had is tried: its owner may be ending. */
const STRICT_TRIES = 10;
const STRICT_PAUSE = 200;

/** What became of a pasted callback URL. */
export type PasteOutcome =
  | { readonly kind: "taken" }
  /** The reason is for the person who pasted it. */
  | { readonly kind: "unusable"; readonly reason: string };

/** What a receiver works with. */
export interface LoopbackReceiverOptions {
  readonly listeners: LoopbackListeners;
  readonly settings: CallbackSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Attempt {
  readonly port: number;
  /** The redirect URI, when it is given byte for byte. */
  readonly redirectUri?: string;
  /** Whether nothing but this port will do. */
  readonly strict: boolean;
}

/** Receives authorization responses on this machine. */
export class LoopbackReceiver implements AuthorizationReceiver {
  readonly #options: LoopbackReceiverOptions;
  #listening: CallbackListener | undefined;

  constructor(options: LoopbackReceiverOptions) {
    this.#options = options;
  }

  async listen(options?: ListenRequest): Promise<ListeningReceiver> {
    if (options !== undefined && "redirectUri" in options) {
      const { redirectUri, strict } = options;
      const port = this.#portOf(redirectUri);
      const outcome = await this.#try({ port, redirectUri, strict });
      if (outcome instanceof CallbackListener) return outcome;
      if (strict) throw cannotListen(port, outcome);
    }
    return await this.#listenAnywhere(options !== undefined && "stablePortOnly" in options);
  }

  /** Takes a callback URL that the user pasted, as if the browser had brought it. */
  async paste(text: string): Promise<PasteOutcome> {
    const listening = this.#listening;
    if (listening === undefined) return { kind: "unusable", reason: "No sign-in is waiting" };
    const pasted = parsePastedCallback(text, listening.redirectUri);
    if (pasted.kind === "unusable") return pasted;
    if (await listening.takePasted(pasted.parameters)) return { kind: "taken" };
    return { kind: "unusable", reason: "The URL does not answer the sign-in that is waiting" };
  }

  async #listenAnywhere(stablePortOnly: boolean): Promise<ListeningReceiver> {
    const { port, fixedPort, publicUrl, defaultPort } = this.#options.settings;
    if (port !== undefined || fixedPort || stablePortOnly || publicUrl !== undefined) {
      const only = publicUrl === undefined ? port ?? defaultPort : this.#portOf(publicUrl);
      const redirectUri = publicUrl === undefined ? {} : { redirectUri: publicUrl };
      const outcome = await this.#try({ port: only, strict: true, ...redirectUri });
      if (outcome instanceof CallbackListener) return outcome;
      throw cannotListen(only, outcome);
    }
    for (let candidate = defaultPort; candidate < defaultPort + CANDIDATES; candidate++) {
      if (unblockedPort(candidate) !== candidate) continue;
      const outcome = await this.#try({ port: candidate, strict: false });
      if (outcome instanceof CallbackListener) return outcome;
    }
    const last = defaultPort + CANDIDATES - 1;
    const ports = `on any port from "${defaultPort}" to "${last}"`;
    throw cannotReceive(
      ports,
      "other programs use them, or the operating system keeps them to itself",
      "choose a free port and give it as the second argument, after the URL",
    );
  }

  /** The port to listen on for a redirect URI: the public one is only seen from outside. */
  #portOf(redirectUri: string): number {
    const { port, publicUrl, defaultPort } = this.#options.settings;
    if (redirectUri === publicUrl && port !== undefined) return port;
    const url = new URL(redirectUri);
    if (url.port !== "") return Number(url.port);
    return redirectUri === publicUrl ? defaultPort : 80;
  }

  async #try(attempt: Attempt): Promise<CallbackListener | Failure> {
    const { clock } = this.#options;
    let outcome = await this.#once(attempt);
    for (let tries = 1; tries < STRICT_TRIES && attempt.strict; tries++) {
      if (outcome instanceof CallbackListener || outcome.kind !== "in_use") break;
      await clock.sleep(STRICT_PAUSE);
      outcome = await this.#once(attempt);
    }
    return outcome;
  }

  async #once(attempt: Attempt): Promise<CallbackListener | Failure> {
    const { listeners, settings, clock, logger } = this.#options;
    const started = Promise.withResolvers<CallbackListener>();
    const outcome = await listeners.listen(
      { port: attempt.port, addresses: this.#addresses(attempt), exclusive: !attempt.strict },
      async (request) => (await started.promise).handle(request, port()),
    );
    if (outcome.kind !== "listening") return outcome;
    const { listener } = outcome;
    function port(): number {
      return listener.port;
    }
    const redirectUri = attempt.redirectUri ??
      `http://${settings.host}:${listener.port}${settings.path}`;
    const { successUrl } = settings;
    const callback = new CallbackListener({
      redirectUri,
      clock,
      ...(successUrl === undefined ? {} : { successUrl }),
    });
    callback.attach(listener);
    started.resolve(callback);
    this.#listening = callback;
    if (!listener.complete) {
      logger.warn("Another program listens on the same port over IPv6; the browser may reach it", {
        port: listener.port,
      });
    }
    return callback;
  }

  #addresses(attempt: Attempt): readonly [string, ...string[]] {
    const { bindAddress, host } = this.#options.settings;
    if (bindAddress !== undefined) return [bindAddress];
    const name = attempt.redirectUri === undefined ? host : new URL(attempt.redirectUri).hostname;
    if (name === "127.0.0.1") return ["127.0.0.1"];
    if (name === "[::1]") return ["::1"];
    return ["127.0.0.1", "::1"];
  }
}

type Failure = Exclude<ListenOutcome, { kind: "listening" }>;

function cannotListen(port: number, failure: Failure): CausewayError {
  const reason = failure.kind === "in_use"
    ? "another program uses it"
    : `the operating system refuses it (${failure.reason})`;
  return cannotReceive(
    `on port "${port}"`,
    reason,
    "end the program that uses the port, or give another port as the second argument, after " +
      "the URL; a client registered in advance must then list the redirect URI with that port",
  );
}

function cannotReceive(where: string, reason: string, hint: string): CausewayError {
  return new CausewayError(
    "authorization-failed",
    `Cannot listen for the sign-in ${where}: ${reason}`,
    { hint, clause: `the sign-in cannot listen ${where}: ${reason}` },
  );
}
