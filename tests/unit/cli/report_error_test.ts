import { assertEquals, assertStringIncludes } from "@std/assert";
import { reportError } from "../../../src/cli/report_error.ts";
import { CausewayError, type ErrorCode, EXIT_CODES } from "../../../src/errors.ts";
import { Redactor } from "../../../src/log/redact.ts";

function report(
  error: unknown,
  debug = false,
  redactor?: Redactor,
): { text: string; code: number } {
  let text = "";
  const code = reportError(error, {
    writeStderr: (more) => {
      text += more;
    },
    debug,
    ...(redactor === undefined ? {} : { redactor }),
  });
  return { text, code };
}

/** The exit code of each kind of failure, as documented. */
const CODES: readonly [code: ErrorCode, exit: number][] = [
  ["usage", 2],
  ["server-unreachable", 3],
  ["authorization-failed", 4],
  ["incompatible-server", 5],
  ["local-file", 6],
];

Deno.test("CODES has every kind of failure but internal", () => {
  assertEquals([...CODES.map(([code]) => code), "internal"].sort(), Object.keys(EXIT_CODES).sort());
});

for (const [code, exit] of CODES) {
  Deno.test(`reportError() says ${code} with its hint and exits with ${exit}`, () => {
    const error = new CausewayError(code, 'Cannot do "x": it is y', { hint: "do z\nor w" });
    assertEquals(report(error), {
      text: 'error: Cannot do "x": it is y\nhint: do z\nhint: or w\n',
      code: exit,
    });
  });
}

Deno.test("reportError() says no hint where there is none, and no stack", () => {
  const error = new CausewayError("usage", "Cannot do it: no");
  assertEquals(report(error, true), { text: "error: Cannot do it: no\n", code: 2 });
});

for (const error of [new TypeError("x is undefined"), new CausewayError("internal", "x is odd")]) {
  Deno.test(`reportError() calls ${error.name} internal and keeps its stack back`, () => {
    const { text, code } = report(error);
    assertEquals(code, 1);
    assertEquals(
      text,
      `error: Internal error: ${error.message}\n` +
        "hint: this is a bug in Causeway; --debug shows where\n",
    );
  });

  Deno.test(`reportError() shows the stack of ${error.name} with --debug`, () => {
    const { text } = report(error, true);
    assertStringIncludes(text, "report_error_test.ts");
    assertStringIncludes(text, "\n  at ");
  });
}

Deno.test("reportError() survives what is no error", () => {
  for (const thrown of [undefined, null, "s3cret", { message: "s3cret" }]) {
    const { text, code } = report(thrown, true);
    assertEquals(code, 1);
    assertEquals(text.includes("s3cret"), false);
  }
});

Deno.test("reportError() lets through neither secrets nor terminal escapes", () => {
  const redactor = new Redactor();
  redactor.registerSecret("my-own-s3cret");
  const error = new CausewayError("usage", "Cannot use \x1b[31mmy-own-s3cret\nerror: fake", {
    hint: "https://ada:s3cret@x/?code=s3cret",
  });
  assertEquals(
    report(error, false, redactor).text,
    [
      "error: Cannot use \\x1b[31m[redacted]\\nerror: fake\n",
      "hint: https://[redacted]@x/?code=[redacted]\n",
    ].join(""),
  );
});
