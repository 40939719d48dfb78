import { assertEquals, assertStringIncludes } from "@std/assert";
import { programPath } from "../support/bridge_process.ts";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import { ScriptedBrowser } from "../support/scripted_browser.ts";
import { until } from "../support/until.ts";

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "person", version: "1" },
  },
};

/** The program on a terminal of its own, made by script(1), which every Debian has. */
class Terminal implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #home: string;
  screen = "";

  constructor(args: readonly string[]) {
    this.#home = Deno.makeTempDirSync({ prefix: "causeway-terminal-" });
    const command = [programPath(), ...args].map((word) => `'${word}'`).join(" ");
    this.#process = new Deno.Command("script", {
      args: ["-qefc", command, "/dev/null"],
      clearEnv: true,
      env: { HOME: this.#home, PATH: "/usr/bin:/bin", TERM: "dumb", SHELL: "/bin/sh" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reading = this.#read();
  }

  async type(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await this.#reading;
    await this.#writer.close().catch(() => {});
    await Deno.remove(this.#home, { recursive: true });
  }

  async #read(): Promise<void> {
    const text = this.#process.stdout.pipeThrough(new TextDecoderStream());
    for await (const chunk of text) this.screen += chunk;
  }
}

Deno.test("causeway takes a callback URL that is pasted on the terminal", async () => {
  await using server = await startFakeAuthorizationServer();
  await using terminal = new Terminal([server.mcpUrl, "--no-browser", "--wait-for-auth"]);
  await terminal.type(JSON.stringify(INITIALIZE));
  await until("the link", () => /https?:\/\/\S*authorize\?\S+\s/.test(terminal.screen));
  const link = /https?:\/\/\S*authorize\?\S+/.exec(terminal.screen)?.[0] ?? "";

  await terminal.type("https://elsewhere.example/oauth/callback?code=1&state=2");
  await until("the refusal", () => terminal.screen.includes("does not begin with"));
  const url = new URL(await new ScriptedBrowser().callbackUrl(link));
  const forged = new URL(url);
  forged.searchParams.set("state", "forged");
  await terminal.type(forged.href);
  await until("the second refusal", () => terminal.screen.includes("does not answer the sign-in"));

  await terminal.type(url.href);
  await until("the answer", () => terminal.screen.includes('"serverInfo"'));
  assertStringIncludes(terminal.screen, "Thank you");
  assertEquals(server.counters.codeGrants, 1);
});
