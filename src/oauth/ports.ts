/**
 * What the sign-in needs from the outside, and the plain records that it keeps there. Every record is
 * versioned JSON: a store that reads a version it does not know treats the record as absent.
 */

/** How a client proves itself at the token endpoint (RFC 7591 section 2). */
export type ClientAuthenticationMethod =
  | "client_secret_basic"
  | "client_secret_post"
  | "private_key_jwt"
  | "none";

/** What is kept of an authorization server's metadata, so that a refresh needs no discovery. */
export interface AuthorizationServerSummary {
  /** The issuer identifier, byte for byte as its metadata says (RFC 8414 section 2). */
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint?: string;
  /** `token_endpoint_auth_methods_supported`; absent when the metadata says nothing. */
  readonly tokenEndpointAuthMethods?: readonly string[];
  /** `authorization_response_iss_parameter_supported` (RFC 9207 section 3). */
  readonly issParameterSupported: boolean;
}

/** What one grant of tokens belongs to: tokens are never shared across any of the three. */
export interface GrantKey {
  /** The authorization server's issuer identifier, byte for byte. */
  readonly issuer: string;
  /** The protected resource's identifier as published, or the server's URL when nothing publishes one. */
  readonly resource: string;
  /** The account (`--profile`); "default" unless the user names one. */
  readonly profile: string;
}

/** Tokens and what is needed to renew them. Holds secrets: never log it. */
export interface TokenSet {
  readonly version: 1;
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** An OpenID Connect ID token, where one came (for `--use-id-token`). */
  readonly idToken?: string;
  /** When the access token expires, milliseconds since the Unix epoch; absent when nobody said. */
  readonly expiresAt?: number;
  /** When the tokens were issued, milliseconds since the Unix epoch. */
  readonly issuedAt: number;
  /** The scope that was granted, as the server said it (RFC 6749 section 5.1). */
  readonly scope?: string;
  /** The scope that was asked for; the base of a step-up's union. */
  readonly requestedScope?: string;
  /** The `resource` parameter that they were asked for with, byte for byte; absent when it was left away. */
  readonly resourceParameter?: string;
  /** The client that the tokens were issued to. */
  readonly clientId: string;
  /** The redirect URI under which that client is registered; absent for grants without a redirect. */
  readonly redirectUri?: string;
  readonly authorizationServer: AuthorizationServerSummary;
}

/** What a registered client is filed under: never used at another issuer or with another redirect URI. */
export interface ClientKey {
  readonly issuer: string;
  /** The redirect URI; for a grant without one, the name of its grant type. */
  readonly redirectUri: string;
}

/** A dynamically registered client (RFC 7591 section 3.2.1). Holds a secret: never log it. */
export interface ClientInformation {
  readonly version: 1;
  readonly issuer: string;
  readonly redirectUri: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** The method that the registration answered with. */
  readonly tokenEndpointAuthMethod?: string;
  /** When the secret expires, milliseconds since the Unix epoch; absent when it does not. */
  readonly clientSecretExpiresAt?: number;
  /** Milliseconds since the Unix epoch. */
  readonly registeredAt: number;
}

/** What an MCP server and an account are remembered under. */
export interface ServerKey {
  /** The server's URL, query kept; a fragment is the resource identifier that the user chose instead of the published one. */
  readonly server: string;
  readonly profile: string;
}

/** What is remembered of a server from the last sign-in: where its tokens are, and its peculiarities. */
export interface ServerRecord {
  readonly version: 1;
  readonly server: string;
  readonly profile: string;
  readonly issuer: string;
  /** As in {@linkcode GrantKey}. */
  readonly resource: string;
  /** The authorization server refused the `resource` parameter: it is left away. */
  readonly omitResource: boolean;
}

/**
 * An authorization request that waits for its answer: enough for another process to receive and
 * redeem it after the death of the one that started it. Holds secrets: never log it.
 */
export interface PendingSignIn {
  readonly version: 1;
  readonly authorizationServer: AuthorizationServerSummary;
  readonly authorizationUrl: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly codeVerifier: string;
  /** The `resource` parameter as sent, if it was sent. */
  readonly resourceParameter?: string;
  readonly scope?: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** When a tab was opened with it last, milliseconds since the Unix epoch; absent when none could be. */
  readonly openedAt?: number;
}

/**
 * Where credentials are kept. A record that is damaged or of an unknown version reads as `undefined`.
 * A write is complete (on disk, by rename) when its promise resolves.
 * @throws {CausewayError} `local-file`, from each method, when the store cannot be read or written
 */
export interface CredentialStore {
  readTokens(key: GrantKey): Promise<TokenSet | undefined>;
  writeTokens(key: GrantKey, tokens: TokenSet): Promise<void>;
  removeTokens(key: GrantKey): Promise<void>;

  readClient(key: ClientKey): Promise<ClientInformation | undefined>;
  writeClient(client: ClientInformation): Promise<void>;
  removeClient(key: ClientKey): Promise<void>;

  readServer(key: ServerKey): Promise<ServerRecord | undefined>;
  writeServer(record: ServerRecord): Promise<void>;
  removeServer(key: ServerKey): Promise<void>;
  /** Every server that is remembered, for `list` and `logout --all`. */
  servers(): Promise<readonly ServerRecord[]>;

  readPendingSignIn(key: GrantKey): Promise<PendingSignIn | undefined>;
  writePendingSignIn(key: GrantKey, pending: PendingSignIn): Promise<void>;
  removePendingSignIn(key: GrantKey): Promise<void>;
}

/** Tokens that another program stored for a server; without the knowledge of who issued them. */
export interface ForeignCredentials {
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt?: number;
  readonly scope?: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly tokenEndpointAuthMethod?: string;
  /** The redirect URI under which the client is registered there. */
  readonly redirectUri?: string;
  /** Who issued them, where that was recorded. */
  readonly issuer?: string;
}

/** Credentials of other programs (mcp-remote's store), read once and only when we hold none. */
export interface ForeignCredentialStore {
  /** What is stored for the server, or `undefined`. Never throws: what is damaged is not there. */
  read(server: URL): Promise<ForeignCredentials | undefined>;
}

/** Mutual exclusion over all processes of the user. */
export interface CrossProcessLock {
  /**
   * Waits for the lock of that name (any text; it may hold URLs), runs `action` alone, and gives the
   * lock back whatever happens. The lock of a process that died is free again within seconds. An action
   * may take minutes (a person signs in). Not reentrant.
   * @throws {CausewayError} `local-file` when locks cannot be made; `signal.reason` when `signal` is
   * aborted while waiting (a running action is not disturbed); whatever `action` throws
   */
  withLock<T>(
    name: string,
    action: () => Promise<T>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<T>;
}

/** Opens the user's browser. */
export interface Browser {
  /**
   * Opens the http(s) URL, its bytes exactly as given, without a shell.
   * Resolves with whether a browser could be started. Never throws.
   */
  open(url: string): Promise<boolean>;
}

/** What a {@linkcode ReceiverVerdict} judge says about the parameters of a request to the redirect URI. */
export type ReceiverVerdict<T> =
  /** Not an answer to our request: answered with 400, nothing else changes, the wait goes on. */
  | { readonly kind: "stray" }
  /** The answer that was waited for. */
  | { readonly kind: "answer"; readonly answer: T };

/** An answer that came in; its browser still waits for a page. */
export interface ReceivedAnswer<T> {
  readonly answer: T;
  /** Shows the page that says that the sign-in worked. Never throws. */
  showSuccess(): Promise<void>;
  /** Shows the page that says what went wrong (plain text; the receiver escapes it) and what to do. Never throws. */
  showFailure(message: string, hint?: string): Promise<void>;
}

/** A redirect URI that is listened on. */
export interface ListeningReceiver {
  /** The redirect URI, byte for byte as it is to be registered and sent. */
  readonly redirectUri: string;
  /**
   * Waits for a request to the redirect URI that `judge` takes for the answer. The receiver has checked
   * method, path and Host before. May be called again after a failed answer.
   * @throws `signal.reason` when `signal` is aborted
   */
  receive<T>(
    judge: (parameters: URLSearchParams) => ReceiverVerdict<T>,
    signal: AbortSignal,
  ): Promise<ReceivedAnswer<T>>;
  /** Stops listening, after pages that are being shown are sent. Idempotent, never throws. */
  close(): Promise<void>;
}

/** What must be kept to when listening; see {@linkcode AuthorizationReceiver.listen}. */
export type ListenRequest =
  | { readonly redirectUri: string; readonly strict: boolean }
  | { readonly stablePortOnly: true };

/** Receives authorization responses on a loopback redirect URI (RFC 8252 section 7.3). */
export interface AuthorizationReceiver {
  /**
   * Listens. Without options: the server's own stable port, or the next free one.
   * With `redirectUri`: on that redirect URI; when its port cannot be had, fails if `strict`, else
   * walks on as without options. With `stablePortOnly`: on the stable port or not at all, for a client
   * whose redirect URI stands in a document somewhere.
   * @throws {CausewayError} `authorization-failed` when nothing can be listened on
   */
  listen(
    options?: ListenRequest,
  ): Promise<ListeningReceiver>;
}

/** What the user must see to sign in. */
export type SignInPrompt =
  | {
    readonly kind: "browser";
    /** The authorization URL, byte for byte. */
    readonly url: string;
    /** Whether a browser was opened with it. */
    readonly opened: boolean;
  }
  | {
    readonly kind: "device";
    /** Where the user types the code (RFC 8628 section 3.2). */
    readonly verificationUri: string;
    /** The same with the code in it, where the server offers one. */
    readonly verificationUriComplete?: string;
    readonly userCode: string;
    /** Milliseconds since the Unix epoch. */
    readonly expiresAt: number;
  };

/** Shows the user what to do. Never throws. */
export interface SignInPresenter {
  /** A sign-in waits for the user. */
  present(prompt: SignInPrompt): void;
  /** No sign-in waits any more, whatever its outcome. */
  settled(): void;
}
