import { CODER_FEATURES, type CoderEra, type CoderFeatures } from "./coder_eras.ts";

/** How a deployment is set up. */
export interface CoderOptions {
  readonly era: CoderEra;
  /** The host name in the access URL; the other loopback name is an alias of the same server. */
  readonly accessHost: "127.0.0.1" | "localhost";
  /** Dynamic client registration; `undefined` is the default of the release. */
  readonly dynamicRegistration: boolean | undefined;
  /** Whether the experiments `oauth2` and `mcp-server-http` are on. */
  readonly experiments: boolean;
  /** `CODER_REDIRECT_TO_ACCESS_URL`. */
  readonly redirectToAccessUrl: boolean;
  readonly disableSessionExpiryRefresh: boolean;
  /** Seconds. */
  readonly accessTokenTtl: number;
  /** Seconds. */
  readonly refreshTokenTtl: number;
  /** Refreshes are done, but the connection ends without an answer. */
  readonly dropsRefreshResponse: boolean;
  /** Milliseconds that `coder_workspace_bash` takes. */
  readonly slowTool: number;
  /** The API rate limit is used up. */
  readonly rateLimited: boolean;
  /** Milliseconds between the pings on a GET stream (mcp-go). */
  readonly pingPeriod: number;
}

/** An OAuth2 application. */
export interface CoderApp {
  readonly id: string;
  readonly name: string;
  /** `undefined`: public, none was ever issued. */
  readonly secret: string | undefined;
  readonly callbackUrl: string;
  readonly method: string;
}

/** An authorization code. */
export interface CoderCode {
  readonly appId: string;
  readonly user: string;
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly resource: string | undefined;
  readonly expiresAt: number;
}

/** An API key; those made by OAuth belong to an app and have a refresh token. */
export interface CoderKey {
  readonly token: string;
  readonly appId: string | undefined;
  readonly user: string;
  readonly audience: string | undefined;
  readonly refreshToken: string | undefined;
  readonly refreshExpiresAt: number;
  expiresAt: number;
  lastUsed: number;
}

/** What happened, for assertions. */
export interface CoderCounters {
  /** Authorization requests of a signed-in browser. */
  authorizations: number;
  registrations: number;
  codeGrants: number;
  refreshes: number;
  revocations: number;
  /** Posted JSON-RPC responses, each answered 500. */
  pongs: number;
  streams: number;
  mcpRequests: number;
}

/** Everything that a deployment knows. */
export class CoderWorld {
  readonly apps = new Map<string, CoderApp>();
  readonly codes = new Map<string, CoderCode>();
  /** By token. */
  readonly keys = new Map<string, CoderKey>();
  /** Session cookie -> CSRF token. */
  readonly browserSessions = new Map<string, string>();
  readonly secrets = new Set<string>();
  readonly counters: CoderCounters = {
    authorizations: 0,
    registrations: 0,
    codeGrants: 0,
    refreshes: 0,
    revocations: 0,
    pongs: 0,
    streams: 0,
    mcpRequests: 0,
  };
  options: CoderOptions;
  /** `http://<access host>:<port>` */
  accessUrl = "";
  /** Milliseconds that the deployment's clock is ahead of the machine's. */
  clockOffset = 0;

  constructor(options: CoderOptions) {
    this.options = options;
  }

  get features(): CoderFeatures {
    return CODER_FEATURES[this.options.era];
  }

  get dynamicRegistration(): boolean {
    return this.options.dynamicRegistration ?? this.features.dynamicRegistration;
  }

  now(): number {
    return Date.now() + this.clockOffset;
  }

  /** `coder_<10>_<40>`: client secrets, codes and refresh tokens. */
  makeSecret(): string {
    const value = `coder_${randomText(10)}_${randomText(40)}`;
    this.secrets.add(value);
    return value;
  }

  /** Makes an API key; one that belongs to an app replaces the key that this user had for it. */
  makeKey(user: string, appId: string | undefined, audience: string | undefined): CoderKey {
    if (appId !== undefined) {
      for (const key of this.keys.values()) {
        if (key.appId === appId && key.user === user) this.keys.delete(key.token);
      }
    }
    const now = this.now();
    const key: CoderKey = {
      token: `${randomText(10)}-${randomText(22)}`,
      appId,
      user,
      audience,
      refreshToken: appId === undefined ? undefined : this.makeSecret(),
      refreshExpiresAt: now + this.options.refreshTokenTtl * 1000,
      expiresAt: now + this.options.accessTokenTtl * 1000,
      lastUsed: now,
    };
    this.secrets.add(key.token);
    this.keys.set(key.token, key);
    return key;
  }
}

function randomText(length: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return [...bytes].map((byte) => alphabet[byte % alphabet.length]).join("");
}
