/** A real authorization server from npm with the MCP server that it protects, in a process of its own. */
export interface AuthServer extends AsyncDisposable {
  readonly mcpUrl: string;
  readonly origin: string;
  /** What it counted. */
  count(): Promise<Readonly<Record<string, number>>>;
  /** Ends all access tokens that exist; refresh tokens live on. */
  expireAccessTokens(): Promise<void>;
}

const FOLDER = new URL("../e2e/auth_servers/", import.meta.url);
const INSTALLATION = new URL("../../.cache/auth_servers/", import.meta.url);
const SCRIPTS: readonly string[] = [
  "mcp_server.mjs",
  "oidc_provider.mjs",
  "sdk_router.mjs",
  "cloudflare_provider.mjs",
  "cloudflare_workers_hook.mjs",
];

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
  await install();
  const child = new Deno.Command("node", {
    args: [script],
    cwd: INSTALLATION,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const facts = await firstLine(lines);
  const { mcpUrl, origin } = JSON.parse(facts) as { mcpUrl: string; origin: string };
  const drained = drain(lines);
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
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
      await drained;
    },
  };
}

/** Installs the pinned packages once; processes that want to at the same time wait for the first. */
async function install(): Promise<void> {
  await Deno.mkdir(INSTALLATION, { recursive: true });
  using lock = await Deno.open(new URL("lock", INSTALLATION), { write: true, create: true });
  await lock.lock(true);
  for (const name of SCRIPTS) {
    await Deno.copyFile(new URL(name, FOLDER), new URL(name, INSTALLATION));
  }
  const wanted = await Deno.readTextFile(new URL("package-lock.json", FOLDER));
  const installed = await Deno.readTextFile(new URL("installed.json", INSTALLATION))
    .catch(() => "");
  if (wanted === installed) return;
  for (const name of ["package.json", "package-lock.json"]) {
    await Deno.copyFile(new URL(name, FOLDER), new URL(name, INSTALLATION));
  }
  const { code, stderr } = await new Deno.Command("npm", {
    args: ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    cwd: INSTALLATION,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(`npm ci failed: ${new TextDecoder().decode(stderr)}`);
  await Deno.writeTextFile(new URL("installed.json", INSTALLATION), wanted);
}

async function firstLine(lines: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = "";
  while (!text.includes("\n")) {
    const { value } = await lines.read();
    if (value === undefined) throw new Error(`the authorization server ended: ${text}`);
    text += value;
  }
  return text.slice(0, text.indexOf("\n"));
}

/** A closed pipe would end the server at its next line. */
async function drain(lines: ReadableStreamDefaultReader<string>): Promise<void> {
  while ((await lines.read()).value !== undefined);
}
