import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { mcpRemoteHash, mcpRemotePort } from "../../../src/credentials/mcp_remote_hash.ts";
import { md5 } from "../../../src/credentials/md5.ts";

Deno.test("md5() gives the digests of RFC 1321's test suite", () => {
  const cases = [
    ["", "d41d8cd98f00b204e9800998ecf8427e"],
    ["a", "0cc175b9c0f1b6a831c399e269772661"],
    ["abc", "900150983cd24fb0d6963f7d28e17f72"],
    ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
    ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
    ["1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"],
  ] as const;
  for (const [text, digest] of cases) assertEquals(md5(text), digest);
});

Deno.test("md5() agrees with another implementation at every length around a block", () => {
  for (let length = 0; length < 200; length++) {
    const text = "é".repeat(length % 3) + "x".repeat(length);
    assertEquals(md5(text), createHash("md5").update(text).digest("hex"), String(length));
  }
});

Deno.test("mcpRemoteHash() joins the settings as mcp-remote 0.15.1 does", () => {
  const server = "https://mcp.example.com/mcp";
  const cases = [
    [{ server }, server],
    [{ server, headers: {}, authorizeParameters: {} }, server],
    [{ server, resource: "https://r.example" }, `${server}|https://r.example`],
    [
      { server, headers: { "X-B": "${TOKEN}", Authorization: "Bearer a" } },
      `${server}|{"Authorization":"Bearer a","X-B":"\${TOKEN}"}`,
    ],
    [
      {
        server,
        resource: "r",
        headers: { B: "2" },
        authorizeParameters: { z: "1", audience: "a" },
        clientMetadataUrl: "https://c.example/m",
        tokenEndpoint: "https://t.example/token",
      },
      `${server}|r|{"audience":"a","z":"1"}|{"B":"2"}|https://c.example/m|https://t.example/token`,
    ],
  ] as const;
  for (const [identity, joined] of cases) assertEquals(mcpRemoteHash(identity), md5(joined));
});

Deno.test("mcpRemotePort() stays within 3335 and 49150", () => {
  assertEquals(mcpRemotePort("0000ffff"), 3335);
  assertEquals(mcpRemotePort("ffff0000"), 23054);
  assertEquals(mcpRemotePort("b2f7"), 49150);
  assertEquals(mcpRemotePort("b2f8"), 3335);
});
