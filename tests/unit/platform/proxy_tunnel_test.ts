import { assertEquals } from "@std/assert";
import { tunnelRequest, tunnelStatus } from "../../../src/platform/proxy_tunnel.ts";

function requestText(authority: string, proxy: string): string {
  return new TextDecoder().decode(tunnelRequest(authority, new URL(proxy)));
}

Deno.test("tunnelRequest() asks for a tunnel without credentials when there are none", () => {
  assertEquals(
    requestText("a.example:443", "http://proxy.example:3128"),
    "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
  );
});

Deno.test("tunnelRequest() decodes the credentials of the proxy's URL", () => {
  const basic = btoa(String.fromCharCode(...new TextEncoder().encode("usér:p@ss")));
  const text = requestText("a.example:443", "http://us%C3%A9r:p%40ss@proxy.example:3128");
  assertEquals(text.split("\r\n")[2], `Proxy-Authorization: Basic ${basic}`);
});

Deno.test("tunnelStatus() reads the status of a proxy's answer", () => {
  assertEquals(tunnelStatus("HTTP/1.1 200 Connection established"), 200);
  assertEquals(tunnelStatus("HTTP/1.0 407 Nope\r\nX: y"), 407);
  assertEquals(tunnelStatus("SSH-2.0 200 hello"), undefined);
  assertEquals(tunnelStatus(""), undefined);
});
