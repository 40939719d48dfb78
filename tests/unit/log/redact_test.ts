import { assertEquals, assertStringIncludes } from "@std/assert";
import { Redactor } from "../../../src/log/redact.ts";
import { SECRET_MEMBERS } from "../../../src/log/sensitive_names.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

/** Text that holds a secret, and how it may be shown. */
const REDACTED: readonly [text: string, shown: string][] = [
  // Headers and schemes.
  ["Authorization: Bearer s3cret", "Authorization: [redacted]"],
  ["authorization:s3cret\nnext: line", "authorization:[redacted]\nnext: line"],
  ["Cookie: a=s3cret; b=s3cret", "Cookie: [redacted]"],
  ["Set-Cookie: sid=s3cret; Path=/", "Set-Cookie: [redacted]"],
  ["X-API-Key: s3cret", "X-API-Key: [redacted]"],
  ["Proxy-Authorization: Basic s3cret", "Proxy-Authorization: [redacted]"],
  ["sent Bearer s3cret to it", "sent Bearer [redacted] to it"],
  ["bearer s3cret.s3cret-_~+/==", "bearer [redacted]"],
  ["Basic czNjcmV0OnM=", "Basic [redacted]"],
  ["DPoP s3cret", "DPoP [redacted]"],
  ["Bearer token-s3cret", "Bearer [redacted]"],
  ["Bearer s3cret= x", "Bearer [redacted] x"],
  // JSON.
  [
    '{"access_token":"s3cret","expires_in":3600}',
    '{"access_token":"[redacted]","expires_in":3600}',
  ],
  ['{"refresh_token" : "s3cret"}', '{"refresh_token" : "[redacted]"}'],
  ["{'client_secret': 's3cret'}", "{'client_secret': '[redacted]'}"],
  ['{"password":"s3\\"cret","x":"y"}', '{"password":"[redacted]","x":"y"}'],
  ['{"password":"s3cret\\\\","x":"y"}', '{"password":"[redacted]","x":"y"}'],
  ['{"password":"s3cret\\\\\\"s3cret","x":"y"}', '{"password":"[redacted]","x":"y"}'],
  ['{"password":"s3cret cut o', '{"password":"[redacted]'],
  ['{"ACCESS_TOKEN":"s3cret"}', '{"ACCESS_TOKEN":"[redacted]"}'],
  ['{"Authorization":"Bearer s3cret"}', '{"Authorization":"[redacted]"}'],
  [
    '{"body":"{\\"id_token\\":\\"s3cret\\",\\"a\\":1}"}',
    '{"body":"{\\"id_token\\":\\"[redacted]\\",\\"a\\":1}"}',
  ],
  [
    '{"body":"{\\"password\\":\\"s3\\\\\\"cret\\",\\"a\\":1}"}',
    '{"body":"{\\"password\\":\\"[redacted]\\",\\"a\\":1}"}',
  ],
  ['"{\\"code\\":\\"s3cret cut off"', '"{\\"code\\":\\"[redacted]"'],
  [
    '{"access_token":"s3cret","refresh_token":"s3cret"}',
    '{"access_token":"[redacted]","refresh_token":"[redacted]"}',
  ],
  ['{"token":""}', '{"token":"[redacted]"}'],
  // Parameters.
  [
    "http://127.0.0.1:3334/oauth/callback?code=s3cret&state=s3cret&iss=https%3A%2F%2Fas",
    "http://127.0.0.1:3334/oauth/callback?code=[redacted]&state=[redacted]&iss=https%3A%2F%2Fas",
  ],
  ["grant_type=x&code_verifier=s3cret", "grant_type=x&code_verifier=[redacted]"],
  ["client_secret=s3cret", "client_secret=[redacted]"],
  ["#access_token=s3cret&x=1", "#access_token=[redacted]&x=1"],
  ['state="s3cret s3cret" x', "state=[redacted] x"],
  ["to=https%3A%2F%2Fx%3Fcode%3Ds3cret%26state%3Ds3cret", "to=https%3A%2F%2Fx%3Fcode%3D[redacted]"],
  ["?api_key=s3cret", "?api_key=[redacted]"],
  // Shapes.
  [`the token ${JWT} expired`, "the token [redacted] expired"],
  [`${JWT}.x.y`, "[redacted]"],
  ["https://ada:s3cret@server.example/mcp", "https://[redacted]@server.example/mcp"],
  ["http://s3cret@proxy:8080", "http://[redacted]@proxy:8080"],
];

for (const [text, shown] of REDACTED) {
  Deno.test(`Redactor redacts ${JSON.stringify(text)}`, () => {
    assertEquals(new Redactor().redact(text), shown);
  });
}

for (const [text] of REDACTED) {
  Deno.test(`Redactor changes nothing in what it redacted: ${JSON.stringify(text)}`, () => {
    const once = new Redactor().redact(text);
    assertEquals(new Redactor().redact(once), once);
  });
}

for (const name of SECRET_MEMBERS) {
  Deno.test(`Redactor redacts ${name} as JSON member and as parameter`, () => {
    const shown = new Redactor().redact(`{"${name}":"s3cret"} ?${name}=s3cret`);
    assertEquals(shown, `{"${name}":"[redacted]"} ?${name}=[redacted]`);
  });
}

/** Text without a secret, which stays as it is. */
const PLAIN = [
  "",
  "Cannot reach the token endpoint of https://as.example/token: HTTP 500",
  "Bearer authentication is required",
  "a bearer token is missing",
  "Bearer tokens expire",
  "Basic authentication or Bearer",
  'WWW-Authenticate: Bearer realm="mcp", error="invalid_token"',
  'Bearer resource_metadata="https://x/.well-known/oauth-protected-resource"',
  '{"jsonrpc":"2.0","error":{"code":-32000,"message":"no"}}',
  '{"token_type":"Bearer","expires_in":3600}',
  "https://server.example/mcp?tenant=acme&mode=fast",
  "mail ada@example.org about https://x/",
  "eyJ is how they begin",
  "encode=1&statement=2",
];

for (const text of PLAIN) {
  Deno.test(`Redactor leaves ${JSON.stringify(text)}`, () => {
    assertEquals(new Redactor().redact(text), text);
  });
}

Deno.test("registerSecret() redacts the value wherever it stands, escaped too", () => {
  const redactor = new Redactor();
  redactor.registerSecret('my "own"/value');
  assertEquals(
    redactor.redact(
      'x my "own"/value, "my \\"own\\"/value", my%20%22own%22%2Fvalue',
    ),
    'x [redacted], "[redacted]", [redacted]',
  );
});

Deno.test("registerSecret() takes the longer of two overlapping secrets first", () => {
  const redactor = new Redactor();
  redactor.registerSecret("abcdef");
  redactor.registerSecret("abcdefghi");
  assertEquals(redactor.redact("abcdefghi abcdef"), "[redacted] [redacted]");
});

Deno.test("registerSecret() does not tear text apart for short values", () => {
  const redactor = new Redactor();
  redactor.registerSecret("");
  redactor.registerSecret("true");
  assertEquals(redactor.redact("it is true"), "it is true");
});

Deno.test("registerSecret() survives a lone surrogate", () => {
  const redactor = new Redactor();
  redactor.registerSecret("secret\ud800value");
  assertEquals(redactor.redact("a secret\ud800value b"), "a [redacted] b");
});

Deno.test("registerHeader() redacts a credential without its scheme too", () => {
  const redactor = new Redactor();
  redactor.registerHeader("Authorization", "Custom s3cret-value");
  assertEquals(redactor.redact("you sent s3cret-value"), "you sent [redacted]");
});

Deno.test("registerHeader() redacts each cookie", () => {
  const redactor = new Redactor();
  redactor.registerHeader("cookie", "a=s3cret-one; b=s3cret-two");
  assertEquals(redactor.redact("s3cret-two, s3cret-one"), "[redacted], [redacted]");
});

Deno.test("registerHeader() keeps the host and the program's name readable", () => {
  const redactor = new Redactor();
  redactor.registerHeader("Host", "server.example");
  redactor.registerHeader("User-Agent", "client/1.0");
  assertEquals(redactor.redact("server.example client/1.0"), "server.example client/1.0");
});

const HEADERS: readonly [name: string, value: string, shown: string][] = [
  ["Authorization", "x", "[redacted]"],
  ["cookie", "x", "[redacted]"],
  ["X-Api-Key", "x", "[redacted]"],
  ["X-Goog-IAP-JWT-Assertion", "x", "[redacted]"],
  ["CF-Access-Client-Secret", "x", "[redacted]"],
  ["mcp-session-id", "x", "[redacted]"],
  ["www-authenticate", 'Bearer realm="x"', 'Bearer realm="x"'],
  ["content-type", "application/json", "application/json"],
  ["location", "/cb?code=s3cret", "/cb?code=[redacted]"],
];

for (const [name, value, shown] of HEADERS) {
  Deno.test(`redactHeader() shows "${name}: ${value}" as ${shown}`, () => {
    assertEquals(new Redactor().redactHeader(name, value), shown);
  });
}

Deno.test("Redactor takes hostile text in its stride", () => {
  const hostile = [
    "eyJaaaaa-",
    "eyJaaaaa.",
    '"code":"\\',
    '"code":"\\"',
    "cookie : \t",
    "://",
    "bearer ",
    "code=",
    "Bearer a_",
  ];
  for (const piece of hostile) {
    const text = piece.repeat(Math.ceil(65_536 / piece.length));
    assertEquals(typeof new Redactor().redact(text), "string");
  }
  assertStringIncludes(
    new Redactor().redact("\\".repeat(65_536) + '"code":"s3cret"'),
    "[redacted]",
  );
});
