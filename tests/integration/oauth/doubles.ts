import type {
  AuthorizationReceiver,
  Browser,
  ClientInformation,
  ClientKey,
  CredentialStore,
  CrossProcessLock,
  GrantKey,
  ListeningReceiver,
  ListenRequest,
  PendingSignIn,
  ReceivedAnswer,
  ReceiverVerdict,
  ServerKey,
  ServerRecord,
  SignInPresenter,
  SignInPrompt,
  TokenSet,
} from "../../../src/oauth/ports.ts";
import { CausewayError } from "../../../src/errors.ts";
import {
  type HttpBody,
  type HttpClient,
  HttpFailure,
  type HttpReply,
  type HttpRequest,
} from "../../../src/platform/http_client.ts";
import { quietPort } from "../../support/quiet_port.ts";
import { ScriptedBrowser } from "../../support/scripted_browser.ts";

/** An HTTP client over `fetch`, which follows nothing. */
export class FetchClient implements HttpClient {
  async exchange(request: HttpRequest): Promise<HttpReply> {
    let response: Response;
    try {
      response = await fetch(request.url, {
        method: request.method,
        headers: request.headers.map(([name, value]): [string, string] => [name, value]),
        redirect: "manual",
        ...(request.body === undefined ? {} : { body: request.body }),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
    } catch (error) {
      const cancelled = request.signal?.aborted === true;
      throw new HttpFailure(cancelled ? "cancelled" : "reset", "unknown", String(error));
    }
    return {
      status: response.status,
      headers: {
        get: (name) => response.headers.get(name) ?? undefined,
        all: (name) => {
          const value = response.headers.get(name);
          return value === null ? [] : [value];
        },
      },
      body: new FetchBody(response),
    };
  }

  dropIdleConnections(): void {}

  close(): void {}
}

class FetchBody implements HttpBody {
  readonly #response: Response;

  constructor(response: Response) {
    this.#response = response;
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = this.#response.bodyUsed ? new Uint8Array() : await this.bytes(Infinity);
    return bytes.length === 0 ? undefined : bytes;
  }

  async bytes(limit: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(await this.#response.arrayBuffer());
    if (bytes.length <= limit) return bytes;
    throw new HttpFailure("too_large", "unknown", "too large");
  }

  cancel(): void {
    this.#response.body?.cancel().catch(() => {});
  }
}

/** The disk that all bridges of one test share. Records are copied, as a disk would. */
export class MemoryCredentials implements CredentialStore {
  readonly #records = new Map<string, unknown>();
  /** Called before each write of tokens; may fail it. */
  beforeTokensAreWritten: () => void = () => {};

  readTokens({ issuer, resource, profile }: GrantKey): Promise<TokenSet | undefined> {
    return this.#read<TokenSet>(["tokens", issuer, resource, profile]);
  }

  async writeTokens({ issuer, resource, profile }: GrantKey, tokens: TokenSet): Promise<void> {
    await Promise.resolve();
    this.beforeTokensAreWritten();
    this.#records.set(JSON.stringify(["tokens", issuer, resource, profile]), clone(tokens));
  }

  removeTokens({ issuer, resource, profile }: GrantKey): Promise<void> {
    return this.#remove(["tokens", issuer, resource, profile]);
  }

  readClient({ issuer, redirectUri }: ClientKey): Promise<ClientInformation | undefined> {
    return this.#read<ClientInformation>(["client", issuer, redirectUri]);
  }

  writeClient(client: ClientInformation): Promise<void> {
    return this.#write(["client", client.issuer, client.redirectUri], client);
  }

  removeClient({ issuer, redirectUri }: ClientKey): Promise<void> {
    return this.#remove(["client", issuer, redirectUri]);
  }

  readServer({ server, profile }: ServerKey): Promise<ServerRecord | undefined> {
    return this.#read<ServerRecord>(["server", server, profile]);
  }

  writeServer(record: ServerRecord): Promise<void> {
    return this.#write(["server", record.server, record.profile], record);
  }

  removeServer({ server, profile }: ServerKey): Promise<void> {
    return this.#remove(["server", server, profile]);
  }

  servers(): Promise<readonly ServerRecord[]> {
    return Promise.resolve(this.#all<ServerRecord>("server"));
  }

  readPendingSignIn({ issuer, resource, profile }: GrantKey): Promise<PendingSignIn | undefined> {
    return this.#read<PendingSignIn>(["pending", issuer, resource, profile]);
  }

  writePendingSignIn(
    { issuer, resource, profile }: GrantKey,
    pending: PendingSignIn,
  ): Promise<void> {
    return this.#write(["pending", issuer, resource, profile], pending);
  }

  removePendingSignIn({ issuer, resource, profile }: GrantKey): Promise<void> {
    return this.#remove(["pending", issuer, resource, profile]);
  }

  /** All stored tokens. */
  tokens(): readonly TokenSet[] {
    return this.#all<TokenSet>("tokens");
  }

  clients(): readonly ClientInformation[] {
    return this.#all<ClientInformation>("client");
  }

  pending(): readonly PendingSignIn[] {
    return this.#all<PendingSignIn>("pending");
  }

  #all<T>(kind: string): readonly T[] {
    return [...this.#records].flatMap(([key, value]) =>
      JSON.parse(key)[0] === kind ? [clone(value) as T] : []
    );
  }

  async #read<T>(key: readonly string[]): Promise<T | undefined> {
    await Promise.resolve();
    const value = this.#records.get(JSON.stringify(key));
    return value === undefined ? undefined : clone(value) as T;
  }

  async #write(key: readonly string[], value: unknown): Promise<void> {
    await Promise.resolve();
    this.#records.set(JSON.stringify(key), clone(value));
  }

  async #remove(key: readonly string[]): Promise<void> {
    await Promise.resolve();
    this.#records.delete(JSON.stringify(key));
  }
}

function clone<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** The lock that all bridges of one test share. */
export class MemoryLock implements CrossProcessLock {
  readonly #last = new Map<string, Promise<unknown>>();
  /** How many wait or hold. */
  busy = 0;

  async withLock<T>(
    name: string,
    action: () => Promise<T>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    const { signal } = options;
    const before = this.#last.get(name) ?? Promise.resolve();
    this.busy++;
    const turn = before.then(() => {
      signal?.throwIfAborted();
      return action();
    });
    this.#last.set(name, turn.catch(() => {}));
    try {
      return await turn;
    } finally {
      this.busy--;
    }
  }
}

/** Listens on loopback; the port is the same each time, as that of a server's bridge is. */
export class TestReceiver implements AuthorizationReceiver {
  #port = quietPort();
  /** What its pages said, in order. */
  readonly pages: string[] = [];
  strays = 0;

  /** What was asked for, in order. */
  readonly requests: (ListenRequest | undefined)[] = [];

  listen(options?: ListenRequest): Promise<ListeningReceiver> {
    this.requests.push(options);
    const given = options !== undefined && "redirectUri" in options ? options : undefined;
    const port = given === undefined ? this.#port : Number(new URL(given.redirectUri).port);
    let listening: TestListening;
    try {
      listening = new TestListening(this, port);
    } catch (error) {
      throw new CausewayError("authorization-failed", `Cannot listen: ${error}`);
    }
    this.#port = listening.port;
    return Promise.resolve(listening);
  }
}

interface Waiting {
  readonly take: (parameters: URLSearchParams) => Promise<string> | undefined;
}

class TestListening implements ListeningReceiver {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #receiver: TestReceiver;
  #waiting: Waiting | undefined;

  constructor(receiver: TestReceiver, port: number) {
    this.#receiver = receiver;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen: () => {} },
      (request) => this.#answer(new URL(request.url)),
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get redirectUri(): string {
    return `http://127.0.0.1:${this.port}/oauth/callback`;
  }

  receive<T>(
    judge: (parameters: URLSearchParams) => ReceiverVerdict<T>,
    signal: AbortSignal,
  ): Promise<ReceivedAnswer<T>> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#waiting = {
        take: (parameters) => {
          const verdict = judge(parameters);
          if (verdict.kind === "stray") return undefined;
          const page = Promise.withResolvers<string>();
          this.#waiting = undefined;
          resolve({
            answer: verdict.answer,
            showSuccess: () => this.#show(page, "success"),
            showFailure: (message, hint) => this.#show(page, `failure: ${message} (${hint})`),
          });
          return page.promise;
        },
      };
    });
  }

  async close(): Promise<void> {
    await this.#server.shutdown();
  }

  #show(page: { resolve: (text: string) => void }, text: string): Promise<void> {
    this.#receiver.pages.push(text);
    page.resolve(text);
    return Promise.resolve();
  }

  async #answer(url: URL): Promise<Response> {
    const shown = url.pathname === "/oauth/callback"
      ? this.#waiting?.take(url.searchParams)
      : undefined;
    if (shown !== undefined) return new Response(await shown);
    this.#receiver.strays++;
    return new Response("stray", { status: 400 });
  }
}

/** A user's browser: each URL is a tab, and the user signs in on it unless `act` is changed. */
export class TestBrowser implements Browser {
  readonly tabs: string[] = [];
  readonly #browser = new ScriptedBrowser();
  readonly #busy: Promise<unknown>[] = [];
  /** What the user does with a new tab. */
  act: (url: string, browser: ScriptedBrowser) => Promise<unknown> = (url, browser) =>
    browser.signIn(url);

  /** Whether the opener returns only when the user is done. */
  blocks = false;

  async open(url: string): Promise<boolean> {
    this.tabs.push(url);
    const done = this.act(url, this.#browser).catch(() => {});
    this.#busy.push(done);
    if (this.blocks) await done;
    return true;
  }

  /** Waits until the user is done with all tabs. */
  async idle(): Promise<void> {
    await Promise.all(this.#busy);
  }
}

/** Remembers what the user was shown. */
export class TestPresenter implements SignInPresenter {
  readonly prompts: SignInPrompt[] = [];
  waiting = 0;
  /** Called with each prompt. */
  onPrompt: (prompt: SignInPrompt) => void = () => {};

  present(prompt: SignInPrompt): void {
    this.prompts.push(prompt);
    this.waiting++;
    this.onPrompt(prompt);
  }

  settled(): void {
    this.waiting--;
  }
}
