import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { SignInOptions } from "../../../src/bridge/sign_in_options.ts";
import { parseArguments } from "../../../src/cli/parse.ts";
import { type Resolution, resolveBridge } from "../../../src/cli/resolve.ts";
import { mcpRemoteHash } from "../../../src/credentials/mcp_remote_hash.ts";
import type { OperatingSystem } from "../../../src/platform/environment.ts";
import { causewayError, fakeEnvironment, FakeFiles } from "./fake_platform.ts";

const SERVER = "https://server.example/mcp";
const DESKTOP = { DISPLAY: ":0", SECRET: "s3cret-v4lue", TOKEN: "t", EMPTY: "", ID: "from-env" };
const FILES = {
  "info.json": '\ufeff{"client_id": "${ID}", "client_secret": "${SECRET}"}',
  "metadata.json": '{"scope": "a b", "client_name": "Ada"}',
  "broken.json": '{\n  "client_id": "x",\n  oops\n}',
};

interface Given {
  readonly variables?: Readonly<Record<string, string>>;
  readonly operatingSystem?: OperatingSystem;
}

async function resolve(args: readonly string[], given: Given = {}): Promise<Resolution> {
  const parsed = parseArguments([SERVER, ...args]);
  if (parsed.kind !== "bridge") throw new Error(`read as ${parsed.kind}`);
  const { variables = DESKTOP, operatingSystem = "linux" } = given;
  return await resolveBridge(parsed.low, {
    environment: fakeEnvironment(variables, { operatingSystem }),
    files: new FakeFiles(FILES),
    clock: { wallTime: () => 0 },
  });
}

async function signIn(args: readonly string[], given: Given = {}): Promise<SignInOptions> {
  return (await resolve(args, given)).options.signIn;
}

const INFO = '{"client_id":"x","client_secret":"y"}';
const CLIENT = { clientId: "x", clientSecret: "y" };
const CREDENTIALS = ["--client-credentials", "--static-oauth-client-info", INFO];

const SETTINGS: readonly {
  readonly args: readonly string[];
  readonly changes: Partial<SignInOptions["settings"]>;
}[] = [
  { args: ["--scope", "a b"], changes: { scope: "a b" } },
  {
    args: ["--static-oauth-client-metadata", '{"scope":"openid"}'],
    changes: { scope: "openid", registrationMetadata: { scope: "openid" } },
  },
  {
    args: ["--static-oauth-client-metadata", "@metadata.json", "--scope", "c"],
    changes: {
      scope: "c",
      clientName: "Ada",
      registrationMetadata: { scope: "a b", client_name: "Ada" },
    },
  },
  {
    args: ["--static-oauth-client-metadata", '{"software_id":"${ID}","contacts":["${ID}"]}'],
    changes: { registrationMetadata: { software_id: "from-env", contacts: ["from-env"] } },
  },
  { args: ["--issuer", "https://as.example"], changes: { issuer: "https://as.example" } },
  { args: ["--resource", " https://r.example "], changes: { resource: "https://r.example" } },
  { args: ["--resource", ""], changes: { omitResource: true } },
  { args: ["--disable-resource-parameter"], changes: { omitResource: true } },
  {
    args: ["--disable-resource-parameter", "--resource", "https://r.example/"],
    changes: { omitResource: true },
  },
  {
    args: [
      "--authorize-param",
      "audience=a=b",
      "--authorize-param",
      " x =1",
      "--authorize-param=x=",
    ],
    changes: { authorizeParameters: [["audience", "a=b"], ["x", ""]] },
  },
  { args: ["--use-id-token"], changes: { useIdToken: true } },
  { args: ["--auth-timeout", "30"], changes: { timeout: 30_000 } },
  { args: ["--auth-timeout", "0.5"], changes: { timeout: 500 } },
  { args: ["--profile", "work"], changes: { profile: "work" } },
  { args: ["--device-code"], changes: { method: "device" } },
  { args: CREDENTIALS, changes: { method: "client_credentials", client: CLIENT } },
  {
    args: [...CREDENTIALS, "--token-endpoint", "https://as.example"],
    changes: {
      method: "client_credentials",
      client: CLIENT,
      tokenEndpoint: "https://as.example/",
    },
  },
  {
    args: ["--client-metadata-url", " https://client.example/a%2Fb "],
    changes: { clientMetadataUrl: "https://client.example/a%2Fb" },
  },
  { args: ["--static-oauth-client-info", INFO], changes: { client: CLIENT } },
  {
    args: ["--static-oauth-client-info", "@info.json"],
    changes: { client: { clientId: "from-env", clientSecret: "s3cret-v4lue" } },
  },
  {
    args: [
      "--static-oauth-client-info",
      '{"client_id":"x","client_secret":null,"token_endpoint_auth_method":"none"}',
      "--static-oauth-client-metadata",
      '{"token_endpoint_auth_method":"client_secret_post"}',
    ],
    changes: {
      client: { clientId: "x", tokenEndpointAuthMethod: "none" },
      registrationMetadata: { token_endpoint_auth_method: "client_secret_post" },
    },
  },
  { args: ["--client-id", "x"], changes: { client: { clientId: "x" } } },
  {
    args: [
      "--client-id=x",
      "--client-secret-env=SECRET",
      '--static-oauth-client-metadata={"token_endpoint_auth_method":"client_secret_post"}',
    ],
    changes: {
      client: {
        clientId: "x",
        clientSecret: "s3cret-v4lue",
        tokenEndpointAuthMethod: "client_secret_post",
      },
      registrationMetadata: { token_endpoint_auth_method: "client_secret_post" },
    },
  },
];

for (const { args, changes } of SETTINGS) {
  Deno.test(`resolveSignIn() resolves ${args.join(" ")}`, async () => {
    const { settings } = await signIn(args);
    assertEquals(settings, { ...(await signIn([])).settings, ...changes });
  });
}

const OTHERS: readonly {
  readonly args: readonly string[];
  readonly changes: Partial<SignInOptions>;
}[] = [
  { args: ["--auth", "always"], changes: { always: true } },
  { args: ["--auth", "auto"], changes: {} },
  { args: ["--wait-for-auth"], changes: { waitForAuth: true } },
  { args: ["--no-browser"], changes: { openBrowser: false } },
  { args: ["--store", "file"], changes: { store: "file" } },
  { args: ["--store", "keychain"], changes: {} },
];

for (const { args, changes } of OTHERS) {
  Deno.test(`resolveSignIn() resolves ${args.join(" ")}`, async () => {
    assertEquals(await signIn(args), { ...await signIn([]), ...changes });
  });
}

/** What of `callback` each flag changes beside the defaults. */
const CALLBACKS: readonly {
  readonly args: readonly string[];
  readonly changes: Partial<SignInOptions["callback"]>;
}[] = [
  { args: ["9696"], changes: { port: 9696 } },
  { args: ["--host", "127.0.0.1"], changes: { host: "127.0.0.1" } },
  { args: ["--callback-path", "/cb"], changes: { path: "/cb" } },
  { args: ["--callback-bind", "[::]"], changes: { bindAddress: "::" } },
  {
    args: ["--callback-url", "https://a.example/cb"],
    changes: { publicUrl: "https://a.example/cb" },
  },
  {
    args: ["--auth-success-url", "https://app.example/done"],
    changes: { successUrl: "https://app.example/done" },
  },
  {
    args: ["--auth-success-url", "http://app.example/done", "--allow-http"],
    changes: { successUrl: "http://app.example/done" },
  },
  { args: ["--client-id", "x"], changes: { fixedPort: true } },
  { args: ["--client-id", "x", "9696"], changes: { fixedPort: true, port: 9696 } },
  { args: ["--static-oauth-client-info", INFO], changes: { fixedPort: true } },
  // The URL names the port then; another one would be listened on in its place.
  {
    args: ["--client-id", "x", "--callback-url", "http://localhost:8080/cb"],
    changes: { publicUrl: "http://localhost:8080/cb" },
  },
];

for (const { args, changes } of CALLBACKS) {
  Deno.test(`resolveSignIn() makes the redirect of ${args.join(" ")}`, async () => {
    assertEquals((await signIn(args)).callback, { ...(await signIn([])).callback, ...changes });
  });
}

Deno.test("resolveSignIn() leaves the port to the sign-in for a client metadata document", async () => {
  const { port, fixedPort } =
    (await signIn(["--client-metadata-url", "https://client.example/metadata"])).callback;
  assertEquals({ port, fixedPort }, { port: undefined, fixedPort: false });
});

Deno.test("resolveSignIn() takes 127.0.0.1 on Windows, as mcp-remote does", async () => {
  assertEquals((await signIn([], { operatingSystem: "windows" })).callback.host, "127.0.0.1");
});

/** The arguments that mcp-remote tells servers apart by, and the hash that its code makes of them. */
const IDENTITIES: readonly { readonly args: readonly string[]; readonly hash: string }[] = [
  { args: [], hash: "b39e9b745b7ce0873ee1279d94a09cf8" },
  {
    args: ["--header", "X-B:2", "--header", "Authorization:Bearer ${TOKEN}"],
    hash: "a1f1d8c585c899551a695af7dd9a08d3",
  },
  {
    args: ["--disable-resource-parameter", "--resource", "https://r.example/"],
    hash: "b39e9b745b7ce0873ee1279d94a09cf8",
  },
  {
    args: [
      "--resource",
      "https://r.example/",
      "--header=X-B:2",
      "--header=X-Auth:Bearer ${TOKEN}",
      "--authorize-param=prompt=consent",
      "--authorize-param=audience=https://api.example",
      "--client-metadata-url=https://client.example/metadata",
      "--token-endpoint=https://as.example/token",
      ...CREDENTIALS,
    ],
    hash: "5e58457cad18bbf7be97bdad9b06c083",
  },
];

for (const { args, hash } of IDENTITIES) {
  Deno.test(`resolveSignIn() makes mcp-remote's hash of ${args.join(" ")}`, async () => {
    const { options } = await resolve(args);
    assertEquals(mcpRemoteHash(options.mcpRemoteIdentity), hash);
  });
}

const METHODS: readonly {
  readonly what: string;
  readonly given: Given;
  readonly args?: readonly string[];
  readonly method: string;
}[] = [
  { what: "X11", given: { variables: { DISPLAY: ":0" } }, method: "browser" },
  { what: "Wayland", given: { variables: { WAYLAND_DISPLAY: "w" } }, method: "browser" },
  { what: "WSL", given: { variables: { WSL_DISTRO_NAME: "Debian" } }, method: "browser" },
  { what: "no display", given: { variables: {} }, method: "device_if_offered" },
  { what: "an empty display", given: { variables: { DISPLAY: "" } }, method: "device_if_offered" },
  {
    what: "SSH with X11 forwarded",
    given: { variables: { DISPLAY: ":10", SSH_CONNECTION: "1.2.3.4 1 5.6.7.8 22" } },
    method: "device_if_offered",
  },
  {
    what: "SSH on macOS",
    given: { variables: { SSH_CONNECTION: "1.2.3.4 1 5.6.7.8 22" }, operatingSystem: "macos" },
    method: "device_if_offered",
  },
  { what: "macOS", given: { variables: {}, operatingSystem: "macos" }, method: "browser" },
  { what: "Windows", given: { variables: {}, operatingSystem: "windows" }, method: "browser" },
  {
    what: "no display but a way for the redirect",
    given: { variables: {} },
    args: ["--callback-url", "https://a.example/cb"],
    method: "browser",
  },
  {
    what: "no display but an address for the redirect",
    given: { variables: {} },
    args: ["--callback-bind", "0.0.0.0"],
    method: "browser",
  },
  { what: "a forced device code", given: {}, args: ["--device-code"], method: "device" },
];

for (const { what, given, args = [], method } of METHODS) {
  Deno.test(`resolveSignIn() chooses ${method} for ${what}`, async () => {
    assertEquals((await signIn(args, given)).settings.method, method);
  });
}

/** What is refused: the code, and what message or hint must say. */
const FAILURES: readonly {
  readonly args: readonly string[];
  readonly code?: "usage" | "local-file";
  readonly says: readonly string[];
}[] = [
  {
    args: ["--device-code", ...CREDENTIALS],
    says: ["--device-code", "--client-credentials", "leave out"],
  },
  { args: ["--use-id-token", ...CREDENTIALS], says: ["--use-id-token", "no ID token"] },
  { args: ["--callback-url=https://a.example/", "--device-code"], says: ["no redirect"] },
  { args: ["--callback-bind=0.0.0.0", "--device-code"], says: ["no redirect"] },
  { args: ["--callback-url=https://a.example/", ...CREDENTIALS], says: ["no redirect"] },
  { args: ["--callback-bind=0.0.0.0", ...CREDENTIALS], says: ["no redirect"] },
  { args: ["--callback-url=https://a.example/", "--host=h"], says: ["--host", "--callback-url"] },
  { args: ["--callback-url=https://a.example/", "--callback-path=/c"], says: ["--callback-path"] },
  { args: ["--token-endpoint=https://as.example/t"], says: ["add --client-credentials"] },
  { args: ["--client-credentials"], says: ["there is no client", "--client-secret-env"] },
  { args: ["--client-credentials", "--client-id=x"], says: ["neither secret nor private key"] },
  { args: ["--auth=always", "--header=authorization:x"], says: ["--auth always", "leave out"] },
  { args: ["--device-code", "--header=Authorization:x"], says: ["--device-code", "the header"] },
  {
    args: [...CREDENTIALS, "--header-command=Authorization=gh"],
    says: ["--client-credentials", "the header"],
  },
  { args: ["--client-id=x", "--static-oauth-client-info", INFO], says: ["leave out --client-id"] },
  {
    args: ["--client-secret-env=SECRET", "--static-oauth-client-info", INFO],
    says: ["leave out --client-secret-env"],
  },
  { args: ["--client-secret-env=SECRET"], says: ["add --client-id"] },
  { args: ["--client-id=x", "--client-secret-env=GONE"], says: ['"GONE" is not set', "set GONE"] },
  { args: ["--client-id=x", "--client-secret-env=EMPTY"], says: ['"EMPTY" is empty'] },
  { args: ["--static-oauth-client-info", "{}"], says: ['no "client_id"'] },
  { args: ["--static-oauth-client-info", '{"client_id":""}'], says: ['no "client_id"'] },
  { args: ["--static-oauth-client-info", '{"client_id":1}'], says: ['"client_id"', "no text"] },
  {
    args: ["--static-oauth-client-info", '{"client_id":"x","client_secret":{}}'],
    says: ['"client_secret"', "no text"],
  },
  {
    args: ["--static-oauth-client-info", '{"client_id":"${GONE}"}'],
    says: ['"GONE" is not set', "--static-oauth-client-info"],
  },
  { args: ["--static-oauth-client-info", "${GONE}"], says: ['"GONE" is not set'] },
  {
    args: ["--static-oauth-client-metadata", '{"scope":"${GONE}"}'],
    says: ['"GONE" is not set', "--static-oauth-client-metadata"],
  },
  { args: ["--static-oauth-client-metadata", '{"scope":["a"]}'], says: ['"scope"', "no text"] },
  { args: ["--static-oauth-client-metadata", "{'a':1}"], says: ["line 1, column 2", "@"] },
  {
    args: ["--static-oauth-client-metadata", "@broken.json"],
    code: "local-file",
    says: ['"broken.json"', "line 3, column 3"],
  },
  {
    args: ["--static-oauth-client-info", "@gone.json"],
    code: "local-file",
    says: ['"gone.json"', "no such file", "whole path"],
  },
  { args: ["--callback-path", "/a/../b"], says: ["--callback-path"] },
  { args: ["--auth-success-url", "http://app.example/"], says: ["--auth-success-url"] },
  {
    args: [
      "--client-id=x",
      '--static-oauth-client-metadata={"token_endpoint_auth_method":"private_key_jwt"}',
    ],
    says: ["private_key_jwt", '"private_key"'],
  },
  ...["state", "client_id", "redirect_uri", "response_type", "Code_Challenge"].map((name) => ({
    args: ["--authorize-param", `${name}=1`],
    says: [name.toLowerCase(), "--authorize-param"],
  })),
  { args: ["--authorize-param", "scope=a"], says: ["use --scope instead"] },
  { args: ["--authorize-param", "resource=a"], says: ["use --resource instead"] },
  { args: ["--authorize-param", "request_uri=a"], says: ["leave it out"] },
];

for (const { args, code = "usage", says } of FAILURES) {
  Deno.test(`resolveSignIn() refuses ${args.join(" ")}`, async () => {
    const error = await causewayError(() => resolve(args));
    assertEquals(error.code, code);
    for (const text of says) assertStringIncludes(`${error.message}\n${error.hint}`, text);
    assertEquals(`${error.message}${error.hint}`.includes("s3cret"), false);
  });
}

const WARNINGS: readonly { readonly args: readonly string[]; readonly warning: string }[] = [
  {
    args: ["--disable-resource-parameter", "--resource", "https://r.example/"],
    warning: "--resource does nothing beside --disable-resource-parameter",
  },
  {
    args: ["--client-metadata-url=https://client.example/m", "--client-id=x"],
    warning: "--client-metadata-url does nothing: the client was registered beforehand",
  },
  ...["--host=h", "--callback-path=/c", "--auth-success-url=https://a.example/"].map((flag) => ({
    args: [flag, "--device-code"],
    warning: `${
      flag.split("=", 1)
    } does nothing beside --device-code: that sign-in has no redirect`,
  })),
  {
    args: ["--authorize-param=a=b", ...CREDENTIALS],
    warning:
      "--authorize-param does nothing beside --client-credentials: that sign-in has no redirect",
  },
];

for (const { args, warning } of WARNINGS) {
  Deno.test(`resolveSignIn() warns of ${args.join(" ")}`, async () => {
    assertEquals((await resolve(args)).warnings, [warning]);
  });
}

Deno.test("resolveSignIn() says nothing about flags that go together", async () => {
  assertEquals((await resolve(["--resource=https://r.example/", "--host=h"])).warnings, []);
  assertEquals((await resolve(["--disable-resource-parameter", "--resource="])).warnings, []);
});

async function keyPair(): Promise<{ jwk: JsonWebKey; pem: string; publicKey: CryptoKey }> {
  const pair = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const body = btoa(String.fromCharCode(...der));
  return {
    jwk: await crypto.subtle.exportKey("jwk", pair.privateKey),
    pem: `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`,
    publicKey: pair.publicKey,
  };
}

function decodePart(part: string | undefined): Uint8Array<ArrayBuffer> {
  const binary = atob((part ?? "").replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** The header of an assertion that the client of these arguments makes; its signature is checked. */
async function assertionHeader(
  info: unknown,
  variables: Readonly<Record<string, string>>,
  publicKey: CryptoKey,
): Promise<Record<string, unknown>> {
  const args = ["--client-credentials", "--static-oauth-client-info", JSON.stringify(info)];
  const { settings: { client } } = await signIn(args, { variables });
  const assertion = await client?.assertion?.("https://as.example");
  const [header, payload, signature] = (assertion ?? "").split(".");
  assert(
    await crypto.subtle.verify(
      { name: "ECDSA", hash: "SHA-256" },
      publicKey,
      decodePart(signature),
      new TextEncoder().encode(`${header}.${payload}`),
    ),
  );
  const claims = JSON.parse(new TextDecoder().decode(decodePart(payload)));
  assertEquals([claims.iss, claims.sub, claims.aud, claims.iat], [
    "x",
    "x",
    "https://as.example",
    0,
  ]);
  return JSON.parse(new TextDecoder().decode(decodePart(header)));
}

Deno.test("resolveSignIn() signs with a private key in place, in a variable, or as a JWK", async () => {
  const { jwk, pem, publicKey } = await keyPair();
  const variables = { PEM: pem, FLAT: pem.replaceAll("\n", "\\n"), JWK: JSON.stringify(jwk) };
  const method = { token_endpoint_auth_method: "private_key_jwt" };
  for (const key of [pem, "${PEM}", "${FLAT}", "${JWK}", jwk]) {
    const info = { client_id: "x", private_key: key, private_key_id: "k1", ...method };
    const header = await assertionHeader(info, variables, publicKey);
    assertEquals(header, { alg: "ES256", typ: "JWT", kid: "k1" });
  }
});

Deno.test("resolveSignIn() reads the private key from the file after an @", async () => {
  const { pem } = await keyPair();
  const parsed = parseArguments([
    SERVER,
    "--static-oauth-client-info",
    '{"client_id":"x","private_key":"@key.pem"}',
  ]);
  if (parsed.kind !== "bridge") throw new Error("no bridge");
  const { options } = await resolveBridge(parsed.low, {
    environment: fakeEnvironment(),
    files: new FakeFiles({ "key.pem": pem }),
    clock: { wallTime: () => 0 },
  });
  assert(options.signIn.settings.client?.assertion !== undefined);
});

for (
  const [key, code] of [["@gone.pem", "local-file"], ["s3cret", "usage"], [7, "usage"]] as const
) {
  Deno.test(`resolveSignIn() refuses ${JSON.stringify(key)} as private key`, async () => {
    const info = JSON.stringify({ client_id: "x", private_key: key });
    const error = await causewayError(() => signIn(["--static-oauth-client-info", info]));
    assertEquals(error.code, code);
    assertStringIncludes(
      error.message,
      typeof key === "string" && key[0] === "s" ? "key" : "private_key",
    );
    assertEquals(`${error.message}${error.hint}`.includes("s3cret"), false);
  });
}
