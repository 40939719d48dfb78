import { assertEquals, assertStringIncludes } from "@std/assert";
import { readJsonArgument } from "../../../src/cli/resolve_sign_in_json.ts";
import { causewayError, FakeFiles } from "./fake_platform.ts";

const VARIABLES: Readonly<Record<string, string>> = {
  TRICKY: 'a"b\\c\n{}',
  OBJECT: '{"client_id":"x"}',
  NUMBER: "3",
  NESTED: "${TRICKY}",
};
const files = new FakeFiles({ f: '\ufeff{"a":"${NUMBER}"}', bad: '{"a":\n"s3cret"' });
const context = { files, lookUp: (name: string) => VARIABLES[name] };

const READ: readonly { readonly text: string; readonly value: unknown }[] = [
  { text: '{"a":"${TRICKY}"}', value: { a: 'a"b\\c\n{}' } },
  { text: '{"a":"x${NUMBER}y${NUMBER}"}', value: { a: "x3y3" } },
  { text: '{"a":"${NESTED}"}', value: { a: "${TRICKY}" } },
  { text: '{"a":[{"b":"${NUMBER}"},1,null,true]}', value: { a: [{ b: "3" }, 1, null, true] } },
  { text: '{"${NUMBER}":1}', value: { "${NUMBER}": 1 } },
  { text: "${OBJECT}", value: { client_id: "x" } },
  { text: '{"a":${NUMBER}}', value: { a: 3 } },
  { text: "@f", value: { a: "3" } },
];

for (const { text, value } of READ) {
  Deno.test(`readJsonArgument() reads ${text}`, async () => {
    assertEquals(await readJsonArgument("--flag", text, context), value as never);
  });
}

/** Where the text stops being JSON. */
const BROKEN: readonly { readonly text: string; readonly place: string }[] = [
  { text: "{", place: "line 1, column 2" },
  { text: "{'a':1}", place: "line 1, column 2" },
  { text: '{"a":1,}', place: "line 1, column 8" },
  { text: '{"a" 1}', place: "line 1, column 6" },
  { text: '{"a":01}', place: "line 1, column 7" },
  { text: '{\n "a": 1\n} x', place: "line 3, column 3" },
  { text: '{"a":"b\nc"}', place: "line 1, column 8" },
  { text: '{"a":"\\x"}', place: "line 1, column 7" },
  { text: '{"a":"\\\\","b":"\\u12"}', place: "line 1, column 16" },
  { text: '{"a":"b', place: "line 1, column 8" },
  { text: '{"äö":"€", b}', place: "line 1, column 12" },
  { text: '{"a":${TRICKY}}', place: "line 1, column 6" },
];

for (const { text, place } of BROKEN) {
  Deno.test(`readJsonArgument() tells where ${JSON.stringify(text)} is no JSON`, async () => {
    const error = await causewayError(() => readJsonArgument("--flag", text, context));
    assertEquals(error.code, "usage");
    assertStringIncludes(error.message, `the value of --flag: it is no JSON from ${place} on`);
  });
}

Deno.test("readJsonArgument() names the file that is no JSON, but not its text", async () => {
  const error = await causewayError(() => readJsonArgument("--flag", "@bad", context));
  assertEquals(error.code, "local-file");
  assertStringIncludes(error.message, 'the file "bad" of --flag');
  assertStringIncludes(error.message, "line 2, column 9");
  assertEquals(error.message.includes("s3cret"), false);
});

Deno.test("readJsonArgument() refuses JSON that is no object", async () => {
  const lookUp = () => "[1]";
  const error = await causewayError(() => readJsonArgument("--flag", "${A}", { files, lookUp }));
  assertEquals(error.code, "usage");
  assertStringIncludes(error.message, "not an object");
});
