import { assertEquals } from "@std/assert";
import { readCommandOutput } from "../../../src/cli/command_output.ts";

const NOW = Date.UTC(2026, 0, 1);
const LATER = Date.UTC(2026, 0, 1, 1);

/** A JSON Web Token that expires at LATER. */
const JWT = ["e30", JSON.stringify({ exp: LATER / 1000 }), "c2ln"]
  .map((part, index) => index === 1 ? btoa(part).replaceAll("=", "") : part).join(".");

interface Row {
  readonly what: string;
  readonly name?: string;
  readonly output: string;
  readonly value: string;
  readonly expiresAt?: number;
}

const VALUES: readonly Row[] = [
  { what: "a line", output: "abc\n", value: "abc" },
  { what: "a line with spaces around it", output: "\ufeff  a b \r\n", value: "a b" },
  { what: "the first of several lines", output: "\n\nfirst\r\nsecond\n", value: "first" },
  { what: "bytes beyond ASCII", output: "ä", value: "ä" },
  { what: "a bare token", name: "Authorization", output: "abc", value: "Bearer abc" },
  { what: "a bare token in any case", name: "authorization", output: "a", value: "Bearer a" },
  { what: "a scheme of its own", name: "Authorization", output: "Basic a=", value: "Basic a=" },
  { what: "no scheme for other headers", name: "X-Api-Key", output: "abc", value: "abc" },
  { what: "a JSON Web Token", output: JWT, value: JWT, expiresAt: LATER },
  {
    what: "a JSON Web Token for Authorization",
    name: "Authorization",
    output: JWT,
    value: `Bearer ${JWT}`,
    expiresAt: LATER,
  },
  {
    what: "a JSON Web Token with its scheme",
    name: "Authorization",
    output: `Bearer ${JWT}`,
    value: `Bearer ${JWT}`,
    expiresAt: LATER,
  },
  { what: "what only looks like a JSON Web Token", output: "1.2.3", value: "1.2.3" },
  {
    what: "an ExecCredential (kubectl, aws eks)",
    output: '{"kind":"ExecCredential","status":{"expirationTimestamp":"2026-01-01T01:00:00Z",' +
      '"token":"t"}}',
    value: "t",
    expiresAt: LATER,
  },
  {
    what: "gcloud's config-helper",
    output: '{"configuration":{},"credential":{"access_token":"t","id_token":"i",' +
      '"token_expiry":"2026-01-01T01:00:00Z"}}',
    value: "t",
    expiresAt: LATER,
  },
  {
    what: "az's token",
    output: `{"accessToken":"t","expiresOn":"2020-01-01 00:00:00.000000","expires_on":${
      LATER / 1000
    },"tokenType":"Bearer"}`,
    value: "t",
    expiresAt: LATER,
  },
  {
    what: "seconds as text",
    output: `{"token":"t","expires_on":"${LATER / 1000}"}`,
    value: "t",
    expiresAt: LATER,
  },
  {
    what: "a token reply",
    output: '{"access_token":"t","expires_in":3600,"token_type":"Bearer"}',
    value: "t",
    expiresAt: LATER,
  },
  {
    what: "an expiry",
    output: '{"token":"t","expiry":"2026-01-01T01:00Z"}',
    value: "t",
    expiresAt: LATER,
  },
  { what: "an expiry of another form", output: '{"token":"t","expiry":[]}', value: "t" },
  { what: "an expiry that is none", output: '{"token":"t","expiry":"soon"}', value: "t" },
  { what: "a JSON Web Token in JSON", output: `{"token":"${JWT}"}`, value: JWT, expiresAt: LATER },
  {
    what: "JSON that says when its JSON Web Token expires",
    output: `{"token":"${JWT}","expires_in":60}`,
    value: JWT,
    expiresAt: NOW + 60_000,
  },
];

for (const { what, name = "X", output, value, expiresAt } of VALUES) {
  Deno.test(`readCommandOutput() reads ${what}`, () => {
    const bytes = new TextEncoder().encode(output);
    assertEquals(readCommandOutput(name, bytes, NOW), { kind: "value", value, expiresAt });
  });
}

const UNUSABLE: readonly {
  readonly what: string;
  readonly output: string;
  readonly says: RegExp;
}[] = [
  { what: "nothing", output: "", says: /printed nothing/ },
  { what: "white space", output: " \r\n\t\n", says: /printed nothing/ },
  { what: "a NUL", output: "s3cret\0x", says: /character that no header can/ },
  { what: "an escape", output: "s3cret\x1b[0m", says: /character that no header can/ },
  { what: "a character beyond Latin-1", output: "s3cret€", says: /character that no header can/ },
  {
    what: "a line break in a token",
    output: '{"token":"s3cret\\r\\nX-Evil: 1"}',
    says: /character that no header can/,
  },
  { what: "broken JSON", output: '{"token":"s3cret"', says: /begins like JSON/ },
  { what: "JSON without a token", output: '{"password":"s3cret"}', says: /neither "token"/ },
  { what: "an empty token", output: '{"token":" ","status":null}', says: /neither "token"/ },
];

for (const { what, output, says } of UNUSABLE) {
  Deno.test(`readCommandOutput() refuses ${what}, without a word of it`, () => {
    const read = readCommandOutput("X", new TextEncoder().encode(output), NOW);
    const reason = read.kind === "unusable" ? read.reason : "";
    assertEquals(says.test(reason), true, reason);
    assertEquals(reason.includes("s3cret"), false);
  });
}
