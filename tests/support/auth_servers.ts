import { fromFileUrl } from "@std/path";
import { installPackages } from "../../scripts/test/npm_packages.ts";
import { ChildProcess } from "./child_process.ts";

/** A real authorization server from npm with the MCP server that it protects, in a process of its own. */
export interface AuthServer extends AsyncDisposable {
  readonly mcpUrl: string;
  readonly origin: string;
  /** What it counted. */
  count(): Promise<Readonly<Record<string, number>>>;
  /** Ends all access tokens that exist; refresh tokens live on. */
  expireAccessTokens(): Promise<void>;
}

const FOLDER = fromFileUrl(new URL("../e2e/auth_servers/", import.meta.url));

/** Starts `oidc-provider`: registration, device flow, resource indicators, `iss`, client credentials. */
export function startOidcProvider(): Promise<AuthServer> {
  return start("oidc_provider.mjs");
}

/** Starts the MCP SDK's own authorization router with its demo provider: no refresh tokens. */
export function startSdkRouter(): Promise<AuthServer> {
  return start("sdk_router.mjs");
}

/** Starts Cloudflare's provider: scopes with step-up, rotating refresh tokens, `iss`. */
export function startCloudflareProvider(): Promise<AuthServer> {
  return start("cloudflare_provider.mjs");
}

async function start(script: string): Promise<AuthServer> {
  await installPackages(FOLDER);
  const child = new ChildProcess("node", { args: [script], cwd: FOLDER });
  const { mcpUrl, origin } = JSON.parse(await child.line()) as { mcpUrl: string; origin: string };
  return {
    mcpUrl,
    origin,
    async count() {
      const response = await fetch(`${origin}/test/count`);
      return await response.json() as Record<string, number>;
    },
    async expireAccessTokens() {
      const response = await fetch(`${origin}/test/expire`, { method: "POST" });
      await response.body?.cancel();
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
