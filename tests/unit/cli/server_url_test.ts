import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseServerUrl } from "../../../src/cli/server_url.ts";
import { causewayError } from "./fake_platform.ts";

const TAKEN = [
  "https://server.example",
  "https://server.example/mcp?tenant=1",
  "http://localhost:3000/mcp",
  "http://127.0.0.1/sse",
  "http://127.8.9.1/sse",
  "http://[::1]:8080/",
  "http://app.localhost/mcp",
  "HTTPS://SERVER.example/",
];

for (const text of TAKEN) {
  Deno.test(`parseServerUrl() takes ${text}`, () => {
    assertEquals(parseServerUrl(text, false).href, new URL(text).href);
  });
}

Deno.test("parseServerUrl() takes plain http to another machine with leave", () => {
  assertEquals(parseServerUrl("http://10.0.0.5/mcp", true).href, "http://10.0.0.5/mcp");
});

const REFUSED: readonly { text: string; message: string; hint?: string }[] = [
  { text: "", message: "it is not a URL" },
  { text: "server", message: "the argument as the server URL: it is not a URL" },
  {
    text: "server.example/mcp",
    message: "it is not a URL",
    hint: "did you mean https://server.example/mcp?",
  },
  {
    text: "server.example:8443/mcp",
    message: "it begins with neither https nor http",
    hint: "did you mean https://server.example:8443/mcp?",
  },
  { text: "ws://server.example/", message: '"ws://server.example/"' },
  { text: "file:///etc/passwd", message: "neither https nor http" },
  { text: "https://", message: '"https://"' },
  { text: "https://server.example/a\nb", message: "it is not a URL" },
  { text: "https://ada:s3cret@server.example/mcp", message: "user name", hint: "--header" },
  { text: "https://s3cret@server.example/mcp", message: '"server.example"' },
  { text: "https://server.example/mcp#s3cret", message: "fragment" },
  { text: "https://server.example/mcp#", message: "fragment" },
  { text: "https://server.example/mcp?key=s3cret#x", message: "fragment" },
  { text: "http://server.example/mcp", message: "plain http", hint: "--allow-http" },
  { text: "http://localhost.evil.example/", message: "plain http" },
  { text: "http://server.example/?key=s3cret", message: "plain http" },
  { text: "Bearer s3cret", message: "the argument" },
  { text: "s3cret", message: "the argument" },
  { text: "gopher://ada:s3cret@x/", message: "the argument" },
];

for (const { text, message, hint } of REFUSED) {
  Deno.test(`parseServerUrl() refuses ${JSON.stringify(text)}`, async () => {
    const error = await causewayError(() => parseServerUrl(text, false));
    assertEquals(error.code, "usage");
    assertStringIncludes(error.message, message);
    if (hint !== undefined) assertStringIncludes(error.hint ?? "", hint);
    assertEquals(`${error.message} ${error.hint}`.includes("s3cret"), false);
  });
}
