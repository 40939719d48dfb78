import { assertEquals } from "@std/assert";
import {
  judgeProtectedResourceReply,
  judgeResource,
  protectedResourceLocations,
} from "../../../src/oauth/protected_resource.ts";
import { PAGE, type ReplyRow, textReply } from "./text_reply.ts";

const LOCATIONS: readonly (readonly [string, readonly string[]])[] = [
  ["https://a.example", ["/.well-known/oauth-protected-resource"]],
  ["https://a.example/", ["/.well-known/oauth-protected-resource"]],
  ["https://a.example/mcp", [
    "/.well-known/oauth-protected-resource/mcp",
    "/.well-known/oauth-protected-resource",
  ]],
  ["https://a.example/mcp/?key=a%20b", [
    "/.well-known/oauth-protected-resource/mcp/?key=a%20b",
    "/.well-known/oauth-protected-resource/mcp/",
    "/.well-known/oauth-protected-resource",
  ]],
];

for (const [server, paths] of LOCATIONS) {
  Deno.test(`protectedResourceLocations() of ${server}`, () => {
    const expected = paths.map((path) => `https://a.example${path}`);
    assertEquals(protectedResourceLocations(new URL(server)).map(({ href }) => href), expected);
  });
}

const METADATA = {
  resource: "https://a.example",
  authorization_servers: ["https://b.example/", 7],
  scopes_supported: ["x"],
};

const REPLIES: readonly (readonly [string, ReplyRow, string])[] = [
  ["JSON", { body: METADATA }, "metadata"],
  ["JSON of any content type", { body: METADATA, mediaType: "text/plain" }, "metadata"],
  ["JSON after a byte order mark", { body: `\ufeff${JSON.stringify(METADATA)}` }, "metadata"],
  ["a web page with status 200", { body: PAGE, mediaType: "text/html" }, "absent"],
  ["an array", { body: [METADATA] }, "absent"],
  ["a document without resource", { body: { authorization_servers: ["x"] } }, "absent"],
  ["404", { status: 404, body: METADATA }, "absent"],
  ["401", { status: 401 }, "absent"],
  ["a redirect that was not followed", { status: 302, location: "/x" }, "absent"],
  ["503", { status: 503 }, "unavailable"],
  ["429", { status: 429 }, "unavailable"],
];

for (const [what, row, kind] of REPLIES) {
  Deno.test(`judgeProtectedResourceReply() says ${kind} for ${what}`, () => {
    assertEquals(judgeProtectedResourceReply(textReply(row)).kind, kind);
  });
}

Deno.test("judgeProtectedResourceReply() keeps every byte of the identifiers", () => {
  const verdict = judgeProtectedResourceReply(textReply({
    body: { resource: "HTTPS://A.example:443", authorization_servers: ["https://b.example/%7e"] },
  }));
  const metadata = verdict.kind === "metadata" ? verdict.metadata : undefined;
  assertEquals(metadata?.resource, "HTTPS://A.example:443");
  assertEquals(metadata?.authorizationServers, ["https://b.example/%7e"]);
  assertEquals(metadata?.scopesSupported, undefined);
});

Deno.test("judgeProtectedResourceReply() passes on what a 403 says", () => {
  const verdict = judgeProtectedResourceReply(
    textReply({ status: 403, body: { message: "requires the 'oauth2' experiment" } }),
  );
  assertEquals(verdict, {
    kind: "absent",
    why: "HTTP 403 (requires the 'oauth2' experiment)",
    said: "HTTP 403 (requires the 'oauth2' experiment)",
  });
});

const RESOURCES: readonly (readonly [string, string, "match" | "mismatch"])[] = [
  ["https://a.example/mcp", "https://a.example/mcp", "match"],
  ["https://a.example", "https://a.example/mcp", "match"],
  ["https://a.example/", "https://a.example/mcp", "match"],
  ["https://A.EXAMPLE:443/mcp", "https://a.example/mcp", "match"],
  ["https://a.example/mcp/", "https://a.example/mcp", "match"],
  ["https://a.example/mcp", "https://a.example/mcp/", "match"],
  ["https://a.example/mcp", "https://a.example/mcp/sub", "match"],
  ["https://a.example/mcp", "https://a.example/mcp?key=1", "match"],
  ["https://a.example/mcp?key=1", "https://a.example/mcp?key=1", "match"],
  ["https://a.example/mcp?key=2", "https://a.example/mcp?key=1", "mismatch"],
  ["https://a.example/mc", "https://a.example/mcp", "mismatch"],
  ["https://a.example/mcp/sub", "https://a.example/mcp", "mismatch"],
  ["https://evil.example/mcp", "https://a.example/mcp", "mismatch"],
  ["http://a.example/mcp", "https://a.example/mcp", "mismatch"],
  ["https://a.example:8443/mcp", "https://a.example/mcp", "mismatch"],
  ["https://user@a.example/mcp", "https://a.example/mcp", "mismatch"],
  ["https://a.example/mcp#f", "https://a.example/mcp", "mismatch"],
  ["https://a.example/mcp#", "https://a.example/mcp", "mismatch"],
  ["urn:a", "https://a.example/mcp", "mismatch"],
  ["a.example/mcp", "https://a.example/mcp", "mismatch"],
];

for (const [resource, server, kind] of RESOURCES) {
  Deno.test(`judgeResource() says ${kind} for ${resource} at ${server}`, () => {
    assertEquals(judgeResource(resource, new URL(server)).kind, kind);
  });
}
