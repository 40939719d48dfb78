import type { FakeAuthorizationOptions } from "./options.ts";

/** A client as the authorization server knows it. */
export interface Client {
  readonly id: string;
  readonly secret: string | undefined;
  /** Milliseconds; `Infinity` when the secret never dies. */
  readonly secretExpiresAt: number;
  /** Exact redirect URIs; `undefined` allows any loopback one. */
  readonly redirectUris: readonly string[] | undefined;
  readonly authMethod: string;
  readonly publicKey: JsonWebKey | undefined;
  /** What it registered with, verbatim. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What a user (or a client for itself) allowed once. All its tokens die with it. */
export interface Grant {
  readonly clientId: string;
  readonly subject: string;
  readonly resource: string | undefined;
  readonly scope: string;
  revoked: boolean;
}

/** An authorization code: single use, bound to redirect URI, challenge and resource. */
export interface Code {
  readonly grant: Grant;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly expiresAt: number;
}

/** A token of either kind. */
export interface Token {
  readonly grant: Grant;
  /** Milliseconds; `Infinity` when it never dies. */
  expiresAt: number;
  revoked: boolean;
  /** A refresh token that was rotated away. */
  used: boolean;
}

/** A device code (RFC 8628) and what its user did. */
export interface DeviceCode {
  readonly grant: Grant;
  readonly userCode: string;
  readonly expiresAt: number;
  decision: "pending" | "approved" | "denied";
  /** The next poll is answered `slow_down`. */
  slowDown: boolean;
}

/** What happened, for assertions. */
export interface Counters {
  /** Authorization requests by a browser: tabs that reached the server. */
  authorizations: number;
  /** Authorization requests by something that is not a browser. */
  preflights: number;
  registrations: number;
  codeGrants: number;
  /** Refresh requests, whatever their answer. */
  refreshRequests: number;
  /** Refresh requests that made new tokens. */
  refreshGrants: number;
  /** Reuses of a refresh token that revoked a whole grant. */
  familyRevocations: number;
  deviceAuthorizations: number;
  devicePolls: number;
  clientCredentialsGrants: number;
  revocations: number;
  /** Requests at the MCP endpoint, and those of them answered 401 and 403. */
  mcpRequests: number;
  unauthorized: number;
  forbidden: number;
}

/** What becomes of requests that were held back: they are served, or dropped with nothing done. */
export type HeldFate = "served" | "dropped";

/** Everything that the fake knows; its endpoints are functions over it. */
export class World {
  readonly clients = new Map<string, Client>();
  readonly codes = new Map<string, Code>();
  readonly accessTokens = new Map<string, Token>();
  readonly idTokens = new Map<string, Token>();
  readonly refreshTokens = new Map<string, Token>();
  readonly deviceCodes = new Map<string, DeviceCode>();
  /** Assertion ids that were seen (RFC 7523: each only once). */
  readonly assertionIds = new Set<string>();
  /** Every secret ever issued or received, to be searched in what the program wrote. */
  readonly secrets = new Set<string>();
  readonly sessions = new Set<string>();
  readonly counters: Counters = {
    authorizations: 0,
    preflights: 0,
    registrations: 0,
    codeGrants: 0,
    refreshRequests: 0,
    refreshGrants: 0,
    familyRevocations: 0,
    deviceAuthorizations: 0,
    devicePolls: 0,
    clientCredentialsGrants: 0,
    revocations: 0,
    mcpRequests: 0,
    unauthorized: 0,
    forbidden: 0,
  };
  options: FakeAuthorizationOptions;
  authorizationOrigin = "";
  resourceOrigin = "";
  /** Milliseconds that the fake's clock is ahead of the machine's. */
  clockOffset = 0;
  /** While set, refresh requests wait for it before anything is done; it says what becomes of them. */
  refreshGate: Promise<HeldFate> | undefined;
  #serial = 0;

  constructor(options: FakeAuthorizationOptions) {
    this.options = options;
  }

  now(): number {
    return Date.now() + this.clockOffset;
  }

  /** A fresh unguessable value that is remembered as secret; its name says what it is. */
  secret(name: string): string {
    this.#serial++;
    const random = crypto.getRandomValues(new Uint8Array(12));
    const text = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const value = `canary-${name}-${this.#serial}-${text}`;
    this.secrets.add(value);
    return value;
  }

  /** The issuer as asked for: no slash at its end. */
  get issuer(): string {
    return this.authorizationOrigin + this.options.issuerPath;
  }

  /** The server URL as a user types it. */
  get mcpUrl(): string {
    return this.resourceOrigin + this.options.mcpPath + this.options.mcpQuery;
  }

  /** `resource` of the protected resource metadata. */
  get publishedResource(): string {
    return this.options.publishedResource ?? this.mcpUrl;
  }

  /** The client, or `undefined` when it is not known. */
  client(id: string): Client | undefined {
    const registered = this.clients.get(id);
    if (registered !== undefined) return registered;
    const configured = this.options.preregistered.find((client) => client.clientId === id);
    if (configured !== undefined) {
      return {
        id,
        secret: configured.clientSecret,
        secretExpiresAt: Infinity,
        redirectUris: configured.redirectUris,
        authMethod: configured.publicKey !== undefined
          ? "private_key_jwt"
          : configured.clientSecret === undefined
          ? "none"
          : "client_secret_basic",
        publicKey: configured.publicKey,
        metadata: {},
      };
    }
    if (this.options.clientIdMetadataDocument && id.startsWith("https://")) {
      return {
        id,
        secret: undefined,
        secretExpiresAt: Infinity,
        redirectUris: undefined,
        authMethod: "none",
        publicKey: undefined,
        metadata: {},
      };
    }
    return undefined;
  }

  /** Whether the token may be used now. */
  isLive(token: Token): boolean {
    return !token.revoked && !token.used && !token.grant.revoked && token.expiresAt > this.now();
  }
}
