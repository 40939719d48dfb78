import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  expandVariables,
  finishHeader,
  isOwnHeader,
  lastOfEachName,
  parseHeaderFile,
  splitHeader,
} from "../../../src/cli/header_fields.ts";
import { causewayError } from "./fake_platform.ts";

const VARIABLES: Readonly<Record<string, string>> = { TOKEN: "s3cret-1", EMPTY: "", MULTI: "a\nb" };
const lookUp = (name: string): string | undefined => VARIABLES[name];

const SPLITS: readonly [text: string, name: string, value: string][] = [
  ["Name:value", "Name", "value"],
  ["Name: value", "Name", "value"],
  ["  Name:\tvalue  ", "Name", "value"],
  ["Name:", "Name", ""],
  ["Name:a:b:c", "Name", "a:b:c"],
  ["X_1.y~z!:v", "X_1.y~z!", "v"],
];

for (const [text, name, value] of SPLITS) {
  Deno.test(`splitHeader() splits ${JSON.stringify(text)}`, () => {
    assertEquals(splitHeader(text, "--header"), [name, value]);
  });
}

for (const text of ["s3cret", ":s3cret", "a b:s3cret", "a :s3cret", "", "\u00e4:s3cret", "a\n:b"]) {
  Deno.test(`splitHeader() refuses ${JSON.stringify(text)} without showing it`, async () => {
    const error = await causewayError(() => splitHeader(text, "f:3"));
    assertEquals(
      error.message,
      "Cannot read a header from f:3: it is not written as Name:value",
    );
  });
}

Deno.test("expandVariables() fills in each variable, but once", () => {
  const values: Readonly<Record<string, string>> = { A: "${B}", B: "b" };
  assertEquals(
    expandVariables("x ${A}-${B} $B ${}", "it", (name) => values[name]),
    "x ${B}-b $B ${}",
  );
});

Deno.test("expandVariables() does not read $ in a value as a pattern", () => {
  assertEquals(expandVariables("${A}", "it", () => "$&$1$$"), "$&$1$$");
});

Deno.test("expandVariables() names the variable that is not set", async () => {
  const error = await causewayError(() =>
    finishHeader(["Authorization", "Bearer ${MISSING}"], "--header", lookUp)
  );
  assertEquals(error.code, "usage");
  assertEquals(
    error.message,
    'Cannot fill in the header "Authorization" of --header: ' +
      'the environment variable "MISSING" is not set',
  );
});

Deno.test("finishHeader() fills in and trims", () => {
  assertEquals(finishHeader(["A", "Bearer ${TOKEN} "], "--header", lookUp), [
    "A",
    "Bearer s3cret-1",
  ]);
  assertEquals(finishHeader(["A", "${EMPTY}"], "--header", lookUp), ["A", ""]);
});

Deno.test("finishHeader() lets the user choose Host, Cookie, Origin and User-Agent", () => {
  for (const name of ["Host", "Cookie", "Origin", "User-Agent", "Authorization"]) {
    assertEquals(finishHeader([name, "v"], "--header", lookUp), [name, "v"]);
  }
});

for (
  const name of [
    "Connection",
    "content-length",
    "Transfer-Encoding",
    "TE",
    "Trailer",
    "Upgrade",
    "Keep-Alive",
    "Expect",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Content-Encoding",
  ]
) {
  Deno.test(`finishHeader() refuses ${name}`, async () => {
    const error = await causewayError(() => finishHeader([name, "s3cret"], "--header", lookUp));
    assertEquals(error.code, "usage");
    assertStringIncludes(error.message, `"${name}"`);
    assertEquals(error.message.includes("s3cret"), false);
  });
}

for (
  const value of ["a\rb", "a\nb", "a\0b", "s3cret\u007f", "\u20ac", "\ud83d\ude00", "${MULTI}"]
) {
  Deno.test(`finishHeader() refuses the value ${JSON.stringify(value)}`, async () => {
    const error = await causewayError(() => finishHeader(["A", value], "f:1", lookUp));
    assertStringIncludes(error.message, 'Cannot send the header "A" of f:1: its value holds');
    assertEquals(error.message.includes("s3cret"), false);
  });
}

Deno.test("finishHeader() takes bytes beyond ASCII and tabs within a value", () => {
  assertEquals(finishHeader(["A", "caf\u00e9\tx"], "--header", lookUp), ["A", "caf\u00e9\tx"]);
});

Deno.test("isOwnHeader() knows what the bridge sets itself, in any case", () => {
  for (const name of ["Accept", "CONTENT-TYPE", "mcp-session-id", "Mcp-Protocol-Version"]) {
    assertEquals(isOwnHeader(name), true);
  }
  assertEquals(isOwnHeader("Authorization"), false);
});

Deno.test("parseHeaderFile() reads lines, comments, any line end and a byte order mark", () => {
  const text = "\ufeff# credentials\r\nA: 1\n\n  # more\n  B:2  \rC: ${X}\n";
  assertEquals(parseHeaderFile(text, "f"), [
    { field: ["A", "1"], origin: "f:2" },
    { field: ["B", "2"], origin: "f:5" },
    { field: ["C", "${X}"], origin: "f:6" },
  ]);
});

Deno.test("parseHeaderFile() names file and line of what is no header, not the text", async () => {
  const error = await causewayError(() => parseHeaderFile("A: 1\ns3cret\n", "/a/headers"));
  assertStringIncludes(error.message, "/a/headers:2");
  assertEquals(error.message.includes("s3cret"), false);
});

Deno.test("lastOfEachName() keeps the later field of a name, whatever its case", () => {
  assertEquals(
    lastOfEachName([["A", "1"], ["B", "2"], ["a", "3"]]),
    [["B", "2"], ["a", "3"]],
  );
});
