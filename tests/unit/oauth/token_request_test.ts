import { assertEquals } from "@std/assert";
import { tokenForm } from "../../../src/oauth/token_request.ts";

Deno.test("tokenForm() of a code names its redirect URI and verifier, and no scope", () => {
  const form = tokenForm({
    grant: { kind: "authorization_code", code: "c", redirectUri: "http://x/", codeVerifier: "v" },
    resource: "https://A.example",
    scope: "s",
  });
  assertEquals([...form], [
    ["grant_type", "authorization_code"],
    ["code", "c"],
    ["redirect_uri", "http://x/"],
    ["code_verifier", "v"],
    ["resource", "https://A.example"],
  ]);
});

Deno.test("tokenForm() of a refresh repeats the resource, and no scope", () => {
  const grant = { kind: "refresh_token", refreshToken: "r" } as const;
  assertEquals([...tokenForm({ grant, resource: "https://a", scope: "s" })], [
    ["grant_type", "refresh_token"],
    ["refresh_token", "r"],
    ["resource", "https://a"],
  ]);
});

Deno.test("tokenForm() of a device code uses the grant type of RFC 8628", () => {
  assertEquals([...tokenForm({ grant: { kind: "device_code", deviceCode: "d" } })], [
    ["grant_type", "urn:ietf:params:oauth:grant-type:device_code"],
    ["device_code", "d"],
  ]);
});

Deno.test("tokenForm() of client credentials says the scope", () => {
  assertEquals([...tokenForm({ grant: { kind: "client_credentials" }, scope: "s" })], [
    ["grant_type", "client_credentials"],
    ["scope", "s"],
  ]);
});
