import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { CausewayError } from "../../../src/errors.ts";
import { type HttpClientOptions, HttpFailure } from "../../../src/platform/http_client.ts";
import { openSystemHttpClient } from "../../../src/platform/system_http_client.ts";
import { ChildProcess } from "../../support/child_process.ts";
import { type ConnectProxyOptions, startConnectProxy } from "../../support/connect_proxy.ts";
import { clientOptions } from "../../support/http_client_options.ts";
import { quietPort } from "../../support/quiet_port.ts";
import { readRequest, startRawServer, writeRaw } from "../../support/raw_server.ts";
import {
  type TlsCertificates,
  tlsCertificates,
  type TlsIdentity,
} from "../../support/tls_certificates.ts";

const ANY_LIMIT = 1024 * 1024;
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A TLS server; it answers each request with `reply` and closes. */
function startTlsServer(identity: TlsIdentity, reply = OK) {
  const requests: string[] = [];
  const server = startRawServer(async (connection) => {
    const request = await readRequest(connection);
    if (request === undefined) return;
    requests.push(request);
    await writeRaw(connection, reply);
  }, identity);
  return {
    requests,
    port: server.port,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function exchange(
  port: number,
  options: Partial<HttpClientOptions>,
  { host = "localhost", method = "POST" }: { host?: string; method?: "GET" | "POST" } = {},
): Promise<string> {
  const client = openSystemHttpClient(clientOptions(options));
  try {
    const { body } = await client.exchange({
      method,
      url: new URL(`https://${host}:${port}/mcp?key=secret`),
      headers: [["authorization", "Bearer canary"]],
      ...(method === "GET" ? {} : { body: new TextEncoder().encode("{}") }),
    });
    return new TextDecoder().decode(await body.bytes(ANY_LIMIT));
  } finally {
    client.close();
  }
}

async function refusalOf(act: Promise<unknown>): Promise<HttpFailure> {
  const failure = await assertRejects(() => act, HttpFailure);
  assertEquals([failure.kind, failure.delivery], ["tls", "not_sent"]);
  assertEquals(/secret|canary/.test(failure.message), false);
  return failure;
}

Deno.test("openSystemHttpClient() trusts the authorities that were handed over", async () => {
  const { server, authority } = await tlsCertificates();
  await using running = startTlsServer(server);
  const trustedCertificates = [authority.certificate];
  assertEquals(await exchange(running.port, { trustedCertificates }), "ok");
  assertEquals(await exchange(running.port, { trustedCertificates }, { host: "127.0.0.1" }), "ok");
});

Deno.test("openSystemHttpClient() leaves an unusable certificate of a bundle out", async () => {
  const { server, authority } = await tlsCertificates();
  await using running = startTlsServer(server);
  const broken = "-----BEGIN CERTIFICATE-----\nMAAwAA==\n-----END CERTIFICATE-----\n";
  const trustedCertificates = [broken + authority.certificate];
  assertEquals(await exchange(running.port, { trustedCertificates }), "ok");
});

const REFUSED: readonly (readonly [name: string, identity: keyof TlsCertificates, text: RegExp])[] =
  [
    ["expired", "expired", /the certificate of "localhost" is refused: it has expired$/],
    ["for another host", "wrongName", /refused: it was made out to another host name$/],
    ["signed by itself and not trusted", "selfSigned", /refused: it is signed by itself$/],
  ];

for (const [name, identity, text] of REFUSED) {
  Deno.test(`openSystemHttpClient() refuses a certificate that is ${name}`, async () => {
    const certificates = await tlsCertificates();
    await using running = startTlsServer(certificates[identity]);
    const trustedCertificates = [certificates.authority.certificate];
    const failure = await refusalOf(exchange(running.port, { trustedCertificates }));
    assertMatch(failure.message, text);
    assertEquals(running.requests, []);
  });
}

Deno.test("openSystemHttpClient() names the flag that mends an unknown issuer", async () => {
  const { server } = await tlsCertificates();
  await using running = startTlsServer(server);
  const failure = await refusalOf(exchange(running.port, {}));
  assertStringIncludes(failure.message, "its issuer is unknown");
  assertStringIncludes(failure.hint ?? "", "--ca-cert FILE or NODE_EXTRA_CA_CERTS");
});

Deno.test("openSystemHttpClient() accepts a server whose certificate is itself trusted", async () => {
  const { selfSigned, otherSelfSigned } = await tlsCertificates();
  await using running = startTlsServer(selfSigned);
  const trustedCertificates = [otherSelfSigned.certificate + selfSigned.certificate];
  assertEquals(await exchange(running.port, { trustedCertificates }), "ok");
  assertEquals(await exchange(running.port, { trustedCertificates }, { host: "127.0.0.1" }), "ok");
  assertEquals(running.requests.length, 2);
  const [request = ""] = running.requests;
  assertStringIncludes(request, "POST /mcp?key=secret HTTP/1.1\r\n");
  assertStringIncludes(request, "\r\nauthorization: Bearer canary\r\n");
  assert(request.endsWith("\r\n\r\n{}"));
});

const NOT_PINNED: readonly (readonly [
  name: string,
  server: keyof TlsCertificates,
  trusted: keyof TlsCertificates,
  text: RegExp,
])[] = [
  ["another one is trusted", "otherSelfSigned", "selfSigned", /it is signed by itself$/],
  [
    "it is for another host",
    "selfSignedWrongName",
    "selfSignedWrongName",
    /it was made out to another host name$/,
  ],
  ["it has expired", "selfSignedExpired", "selfSignedExpired", /it has expired$/],
];

for (const [name, server, trusted, text] of NOT_PINNED) {
  Deno.test(`openSystemHttpClient() sends nothing to a self-signed server when ${name}`, async () => {
    const certificates = await tlsCertificates();
    await using running = startTlsServer(certificates[server]);
    const trustedCertificates = [certificates[trusted].certificate];
    const failure = await refusalOf(exchange(running.port, { trustedCertificates }));
    assertMatch(failure.message, text);
    assertEquals(running.requests, []);
  });
}

Deno.test("openSystemHttpClient() says that what answers is not TLS", async () => {
  await using server = startRawServer(async (connection) => {
    await connection.read(new Uint8Array(4096));
    await writeRaw(connection, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  });
  const failure = await refusalOf(exchange(server.port, {}));
  assertStringIncludes(failure.message, "what answers there does not speak TLS");
  assertStringIncludes(failure.hint ?? "", "http://");
});

Deno.test("openSystemHttpClient() says that a handshake was cut off", async () => {
  await using server = startRawServer(() => Promise.resolve());
  await refusalOf(exchange(server.port, {}));
});

/** A server that wants a client certificate by the authority. */
async function startMutualServer(certificates: TlsCertificates) {
  const folder = await Deno.makeTempDir();
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    return `${folder}/${name}`;
  };
  const { server, authority } = certificates;
  const child = new Deno.Command("openssl", {
    args: [
      ...["s_server", "-accept", "127.0.0.1:0", "-www", "-Verify", "1", "-verify_return_error"],
      ...["-cert", await write("server.pem", server.certificate)],
      ...["-key", await write("server.key", server.key)],
      ...["-CAfile", await write("authority.pem", authority.certificate)],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let port: string | undefined;
  while (port === undefined) {
    const { value, done } = await output.read();
    if (done) throw new Error("openssl s_server did not start");
    text += value;
    port = /^ACCEPT .*:(\d+)$/m.exec(text)?.[1];
  }
  return {
    port: Number(port),
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill("SIGKILL");
      await output.cancel();
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("openSystemHttpClient() shows its client certificate", async () => {
  const certificates = await tlsCertificates();
  await using server = await startMutualServer(certificates);
  const trustedCertificates = [certificates.authority.certificate];
  const { certificate, key } = certificates.client;
  const clientCertificate = { certificate, key };
  const options = { trustedCertificates, clientCertificate };
  // This server answers nothing but GET.
  const text = await exchange(server.port, options, { method: "GET" });
  assertStringIncludes(text, "client.example");
});

Deno.test("openSystemHttpClient() names the flags for a server that wants a client certificate", async () => {
  const certificates = await tlsCertificates();
  await using server = await startMutualServer(certificates);
  const trustedCertificates = [certificates.authority.certificate];
  const failure = await refusalOf(exchange(server.port, { trustedCertificates }));
  assertStringIncludes(failure.message, "client certificate");
  assertStringIncludes(failure.hint ?? "", "--client-cert FILE and --client-key FILE");
  const foreign = {
    certificate: certificates.selfSigned.certificate,
    key: certificates.selfSigned.key,
  };
  await refusalOf(exchange(server.port, { trustedCertificates, clientCertificate: foreign }));
});

Deno.test("openSystemHttpClient() tunnels to https servers through a proxy", async () => {
  const { server, authority } = await tlsCertificates();
  await using running = startTlsServer(server);
  await using proxy = startConnectProxy();
  const options = { trustedCertificates: [authority.certificate], proxyFor: () => proxy.url };
  assertEquals(await exchange(running.port, options), "ok");
  assertEquals(proxy.tunnels, [`localhost:${running.port}`]);
});

Deno.test("openSystemHttpClient() shows a proxy's credentials to the proxy alone", async () => {
  const { server, authority } = await tlsCertificates();
  await using running = startTlsServer(server);
  const authorization = `Basic ${btoa("user:p@ss")}`;
  await using proxy = startConnectProxy({ authorization });
  const url = new URL(`http://user:p%40ss@${proxy.url.host}`);
  const options = { trustedCertificates: [authority.certificate], proxyFor: () => url };
  assertEquals(await exchange(running.port, options), "ok");
  assertEquals(proxy.tunnels, [`localhost:${running.port}`]);
  assertEquals(proxy.authorizations, [authorization]);
  assertEquals(running.requests.length, 1);
  assertEquals(running.requests.join().includes("proxy-authorization"), false);
});

const REFUSING: readonly (readonly [name: string, options: ConnectProxyOptions, text: string])[] = [
  ["wants other credentials", { authorization: "Basic other" }, "refuses the credentials"],
  ["refuses the target", { refuse: 403 }, "the proxy refused the connection"],
];

for (const credentials of ["", "user:secret@"]) {
  for (const [name, settings, text] of REFUSING) {
    const whose = credentials === "" ? "a proxy" : "a proxy with credentials";
    Deno.test(`openSystemHttpClient() says proxy and not_sent when ${whose} ${name}`, async () => {
      const { server, authority } = await tlsCertificates();
      await using running = startTlsServer(server);
      await using proxy = startConnectProxy(settings);
      const url = new URL(`http://${credentials}${proxy.url.host}`);
      const options = { trustedCertificates: [authority.certificate], proxyFor: () => url };
      const failure = await assertRejects(() => exchange(running.port, options), HttpFailure);
      assertEquals([failure.kind, failure.delivery], ["proxy", "not_sent"]);
      const wanted = settings.refuse === undefined && credentials === ""
        ? "wants credentials"
        : text;
      assertStringIncludes(failure.message, wanted);
      assertStringIncludes(failure.message, `through the proxy "http://${proxy.url.host}"`);
      assertEquals(failure.message.includes("secret"), false);
      assertEquals(running.requests, []);
    });
  }

  Deno.test(`openSystemHttpClient() says proxy when none is there ("${credentials}")`, async () => {
    const url = new URL(`http://${credentials}127.0.0.1:${quietPort()}`);
    const failure = await assertRejects(() => exchange(8443, { proxyFor: () => url }), HttpFailure);
    assertEquals([failure.kind, failure.delivery], ["proxy", "not_sent"]);
  });
}

Deno.test("openSystemHttpClient() sends plain http through a proxy, credentials and all", async () => {
  const authorization = `Basic ${btoa("user:pass")}`;
  await using proxy = startConnectProxy({ authorization });
  const proxyUrl = new URL(`http://user:pass@${proxy.url.host}`);
  const client = openSystemHttpClient(clientOptions({ proxyFor: () => proxyUrl }));
  const url = new URL("http://nowhere.invalid/mcp");
  const { status, body } = await client.exchange({ method: "GET", url, headers: [] });
  assertEquals(new TextDecoder().decode(await body.bytes(ANY_LIMIT)), `proxied ${url.href}`);
  assertEquals([status, proxy.plainRequests], [200, [url.href]]);
  client.close();
});

Deno.test("openSystemHttpClient() goes by its own choice of proxies, not by the runtime's", async () => {
  await using proxy = startConnectProxy();
  await using server = startRawServer(async (connection) => {
    await readRequest(connection);
    await writeRaw(connection, OK);
  });
  const { server: identity, authority } = await tlsCertificates();
  await using encrypted = startTlsServer(identity);
  const { href } = proxy.url;
  // A process of its own: the environment is shared by all test files that run at the same time.
  const pageOf = async (url: string, noProxy: string, ...chosen: readonly string[]) => {
    const env = { HTTP_PROXY: href, HTTPS_PROXY: href, ALL_PROXY: href, NO_PROXY: noProxy };
    const args = [url, authority.certificate, ...chosen];
    await using child = ChildProcess.deno("http_client_process.ts", args, env);
    return await child.line();
  };
  assertEquals(await pageOf(`https://localhost:${encrypted.port}/`, "other"), `ok ${href}`);
  assertEquals(await pageOf(`http://127.0.0.1:${server.port}/`, "other"), `ok ${href}`);
  assertEquals([...proxy.tunnels, ...proxy.plainRequests], []);
  const through = await pageOf(`https://localhost:${encrypted.port}/`, "localhost", href);
  assertEquals([through, proxy.tunnels], [`ok ${href}`, [`localhost:${encrypted.port}`]]);
});

Deno.test("openSystemHttpClient() says proxy for a proxy setting that makes no sense", async () => {
  const proxyFor = () => {
    throw new CausewayError("usage", "Cannot use the proxy", { hint: "Write it otherwise" });
  };
  const client = openSystemHttpClient(clientOptions({ proxyFor }));
  for (const url of [new URL("http://127.0.0.1:1/"), new URL("https://127.0.0.1:1/")]) {
    const act = () => client.exchange({ method: "GET", url, headers: [] });
    const failure = await assertRejects(act, HttpFailure, "Cannot use the proxy");
    assertEquals([failure.kind, failure.delivery], ["proxy", "not_sent"]);
    assertEquals(failure.hint, "Write it otherwise");
  }
  client.close();
});

Deno.test("openSystemHttpClient() reaches a self-signed server through a proxy", async () => {
  const { selfSigned } = await tlsCertificates();
  await using running = startTlsServer(selfSigned);
  const authorization = `Basic ${btoa("user:pass")}`;
  await using proxy = startConnectProxy({ authorization });
  const url = new URL(`http://user:pass@${proxy.url.host}`);
  const options = { trustedCertificates: [selfSigned.certificate], proxyFor: () => url };
  assertEquals(await exchange(running.port, options), "ok");
  assertEquals(running.requests.join().includes("proxy-authorization"), false);
});
