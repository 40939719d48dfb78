import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Logger } from "../../../src/log/logger.ts";
import { Redactor } from "../../../src/log/redact.ts";
import { StderrLogger, TeeLogger } from "../../../src/log/stderr_logger.ts";

function recorded(silent = false): { logger: StderrLogger; text: () => string } {
  let text = "";
  const writeStderr = (more: string): void => {
    text += more;
  };
  const logger = new StderrLogger({ writeStderr, redactor: new Redactor(), silent });
  return { logger, text: () => text };
}

Deno.test("StderrLogger writes errors, warnings and information, one line each", () => {
  const { logger, text } = recorded();
  logger.error("Cannot do it: no");
  logger.warn("Look out");
  logger.info("Hello");
  logger.debug();
  assertEquals(text(), "error: Cannot do it: no\nwarning: Look out\nHello\n");
});

Deno.test("StderrLogger writes only errors and notices when silent", () => {
  const { logger, text } = recorded(true);
  logger.error("one");
  logger.warn("two");
  logger.info("three");
  logger.notice("four");
  assertEquals(text(), "error: one\nfour\n");
});

Deno.test("StderrLogger writes fields, quoted where they need it", () => {
  const { logger, text } = recorded();
  logger.info("Got", {
    status: 200,
    ok: true,
    id: "a-1",
    text: 'say "x"',
    none: undefined,
    empty: "",
  });
  assertEquals(text(), 'Got status=200 ok=true id=a-1 text="say \\"x\\"" empty=""\n');
});

Deno.test("StderrLogger lets no secret through, in messages or fields", () => {
  const { logger, text } = recorded();
  logger.info("Sent Bearer s3cret", {
    body: '{"access_token":"s3cret"}',
    state: "s3cret",
    "X-Auth-Token": "s3cret",
    url: "https://ada:s3cret@x/?code=s3cret",
  });
  assertEquals(text().includes("s3cret"), false);
  assertStringIncludes(text(), "state=[redacted]");
});

Deno.test("StderrLogger lets nothing forge a line or move the cursor", () => {
  const { logger, text } = recorded();
  logger.warn("a\nerror: fake", { x: "\x1b[2J\u202e" });
  assertEquals(text(), 'warning: a\\nerror: fake x="\\x1b[2J\\u{202e}"\n');
});

Deno.test("StderrLogger cuts endless text", () => {
  const { logger, text } = recorded();
  logger.info("x".repeat(100_000), { y: "y".repeat(100_000) });
  assertEquals(text().length < 5000, true);
});

Deno.test("StderrLogger shows a notice whole: the link of a sign-in works", () => {
  const { logger, text } = recorded(true);
  const link = `https://as.example/authorize?state=abc&code_challenge=${"x".repeat(3000)}`;
  logger.notice(`Sign in here:\n  ${link}\n\x1b[0m`);
  assertEquals(text(), `Sign in here:\n  ${link}\n\\x1b[0m\n`);
});

Deno.test("TeeLogger sends everything to the file and a notice without its secrets", () => {
  const { logger, text } = recorded();
  const lines: string[] = [];
  const record = (level: string) => (message: string): void => {
    lines.push(`${level} ${message}`);
  };
  const file: Logger = {
    error: record("error"),
    warn: record("warn"),
    info: record("info"),
    debug: record("debug"),
  };
  const tee = new TeeLogger(logger, file, new Redactor());
  tee.error("a");
  tee.warn("b");
  tee.info("c");
  tee.debug("d");
  tee.notice("https://as/?state=s3cret");
  assertEquals(text(), "error: a\nwarning: b\nc\nhttps://as/?state=s3cret\n");
  assertEquals(lines, [
    "error a",
    "warn b",
    "info c",
    "debug d",
    "info https://as/?state=[redacted]",
  ]);
});
