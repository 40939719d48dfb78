import { assertEquals, assertStringIncludes } from "@std/assert";
import type { LowArguments } from "../../../src/cli/low_arguments.ts";
import { parseArguments } from "../../../src/cli/parse.ts";
import { causewayError } from "./fake_platform.ts";

const SERVER = "https://server.example/mcp";

function low(...args: string[]): LowArguments {
  const result = parseArguments(args);
  if (result.kind !== "bridge") throw new Error(`read as ${result.kind}`);
  return result.low;
}

Deno.test("parseArguments() reads server URL and callback port around flags", () => {
  const read = low("--debug", SERVER, "--header", "A:b", "9696", "--ipv4");
  assertEquals(read.serverUrl, SERVER);
  assertEquals(read.callbackPort, 9696);
  assertEquals(read.flags.has("debug"), true);
  assertEquals(read.flags.has("ipv4"), true);
  assertEquals(read.flags.has("silent"), false);
});

Deno.test("parseArguments() reads --flag value and --flag=value alike", () => {
  assertEquals(low(SERVER, "--transport", "sse-only").flags.value("transport"), "sse-only");
  assertEquals(low(SERVER, "--transport=sse-only").flags.value("transport"), "sse-only");
  assertEquals(low(SERVER, "--header=A:b=c").flags.all("header"), ["A:b=c"]);
});

Deno.test("parseArguments() keeps repeated values in their order", () => {
  const read = low(SERVER, "--header", "A:1", "--header-file", "f", "--header", "B:2");
  assertEquals(read.flags.all("header"), ["A:1", "B:2"]);
  assertEquals(
    read.flags.inOrder("header", "header-file").map((flag) => flag.value),
    ["A:1", "f", "B:2"],
  );
});

Deno.test("parseArguments() takes what follows -- for no flag", async () => {
  assertEquals(low("--", SERVER, "4000").callbackPort, 4000);
  const error = await causewayError(() => parseArguments([SERVER, "--", "--debug"]));
  assertStringIncludes(error.message, "callback port");
});

Deno.test("parseArguments() takes a value with one leading dash, as negative numbers have", async () => {
  const error = await causewayError(() => parseArguments([SERVER, "--ping-interval", "-5"]));
  assertEquals(
    error.message,
    'Cannot use "-5" of "--ping-interval": it is not a positive number of seconds',
  );
});

Deno.test("parseArguments() shows help for --help and -h, also beside mistakes", () => {
  assertEquals(parseArguments(["--help"]), { kind: "help", detail: "full" });
  assertEquals(parseArguments(["-h"]), { kind: "help", detail: "short" });
  assertEquals(parseArguments(["--nonsense", "a", "b", "c", "--help"]).kind, "help");
  assertEquals(parseArguments([SERVER, "--version", "--nonsense"]).kind, "version");
  assertEquals(parseArguments(["--version", "--help"]).kind, "help");
});

Deno.test("parseArguments() takes the same value of a single flag twice", () => {
  const read = low(
    SERVER,
    "--transport",
    "sse-only",
    "--transport",
    "sse-only",
    "--debug",
    "--debug",
  );
  assertEquals(read.flags.value("transport"), "sse-only");
});

const REFUSALS: readonly {
  what: string;
  args: readonly string[];
  message: string;
  hint?: string;
}[] = [
  { what: "no argument", args: [], message: "no server URL", hint: "--help" },
  { what: "flags alone", args: ["--debug"], message: "no server URL" },
  {
    what: "an unknown flag",
    args: [SERVER, "--transprot", "sse-only"],
    message: 'Cannot use "--transprot": there is no such flag',
    hint: "did you mean --transport?",
  },
  {
    what: "an unknown flag in another case",
    args: [SERVER, "--Header", "A:b"],
    message: '"--Header"',
    hint: "did you mean --header?",
  },
  {
    what: "an unknown flag with a value, unseen",
    args: [SERVER, "--headr=Authorization: Bearer s3cret"],
    message: 'Cannot use "--headr": there is no such flag',
    hint: "did you mean --header?",
  },
  {
    what: "a flag like no other",
    args: [SERVER, "--frobnicate-everything"],
    message: "there is no such flag",
    hint: "causeway --help lists all flags",
  },
  { what: "an unknown letter", args: [SERVER, "-x"], message: 'Cannot use "-x"' },
  {
    what: "a dash that begins no name, unseen",
    args: [SERVER, "-s3cret.token/with+signs"],
    message: 'Cannot use "-...": there is no such flag',
  },
  {
    what: "a missing value at the end",
    args: [SERVER, "--transport"],
    message: 'Cannot use "--transport": its value is missing',
    hint: "write --transport=STRATEGY",
  },
  {
    what: "a flag in the place of a value",
    args: [SERVER, "--header", "--debug"],
    message: 'Cannot use "--header": its value is missing',
    hint: "begins with two dashes",
  },
  {
    what: "the end of flags in the place of a value",
    args: ["--header", "--", SERVER],
    message: "its value is missing",
  },
  {
    what: "a switch with a value",
    args: [SERVER, "--debug=yes"],
    message: 'Cannot use "--debug": it takes no value',
  },
  {
    what: "two values of a single flag that differ",
    args: [SERVER, "--transport", "sse-only", "--transport", "http-only"],
    message: 'Cannot use "--transport" twice: its two values differ',
    hint: "leave out one --transport",
  },
  {
    what: "a port that is none",
    args: [SERVER, "s3cret"],
    message: "Cannot use the argument after the server URL as callback port",
  },
  {
    what: "what was left over for npx",
    args: ["-y", "mcp-remote", SERVER],
    message: 'Cannot use "-y": that is a flag of npx',
    hint: "mcp-remote",
  },
  {
    what: "the package's name in the place of the URL",
    args: ["mcp-remote@latest", SERVER],
    message: 'Cannot use "mcp-remote@latest" as the server URL',
    hint: "begin with the server URL",
  },
  { what: "port 0", args: [SERVER, "0"], message: "1 to 65535" },
  { what: "a port too large", args: [SERVER, "65536"], message: "1 to 65535" },
  {
    what: "a third argument",
    args: [SERVER, "--header", "Authorization:", "Bearer", "s3cret"],
    message: "Cannot use 3 arguments beside the flags",
    hint: "--header-env",
  },
  {
    what: "more arguments, none of them seen",
    args: ["--header", "Authorization:", "Bearer", "s3cret", SERVER],
    message: "Cannot use 3 arguments beside the flags",
    hint: "quote it",
  },
];

for (const { what, args, message, hint } of REFUSALS) {
  Deno.test(`parseArguments() refuses ${what}`, async () => {
    const error = await causewayError(() => parseArguments(args));
    assertEquals(error.code, "usage");
    assertStringIncludes(error.message, message);
    if (hint !== undefined) assertStringIncludes(error.hint ?? "", hint);
    assertEquals(`${error.message} ${error.hint}`.includes("s3cret"), false);
    assertEquals(error.message.endsWith("."), false);
  });
}
