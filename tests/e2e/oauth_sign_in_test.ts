import { assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import type { FakeAuthorizationOptions } from "../support/fake_authorization_server/options.ts";
import { callText, UserMachine } from "../support/user_machine.ts";

interface Difference {
  readonly name: string;
  readonly options: Partial<FakeAuthorizationOptions>;
  /** More than one where a request must be refused before its cure is known. */
  readonly tabs?: number;
}

/** Ways in which servers differ that a user must not notice. */
const DIFFERENCES: readonly Difference[] = [
  { name: "everything as the specification has it", options: {} },
  { name: "the authorization server elsewhere", options: { origins: "separate" } },
  { name: "resource metadata by path", options: { protectedResourceMetadata: "path" } },
  { name: "resource metadata at the root", options: { protectedResourceMetadata: "root" } },
  { name: "no resource metadata", options: { protectedResourceMetadata: "none" } },
  {
    name: "no metadata at all (2025-03-26)",
    options: { protectedResourceMetadata: "none", authorizationServerMetadata: "none" },
  },
  {
    name: "no metadata at all, and pages in its place",
    options: {
      protectedResourceMetadata: "none",
      authorizationServerMetadata: "none",
      htmlForUnknownPaths: true,
    },
  },
  { name: "an issuer with a path", options: { issuerPath: "/tenant" } },
  {
    name: "OpenID metadata appended, pages elsewhere",
    options: {
      issuerPath: "/tenant",
      authorizationServerMetadata: "oidc_appended",
      htmlForUnknownPaths: true,
    },
  },
  {
    name: "OpenID metadata inserted",
    options: { issuerPath: "/tenant", authorizationServerMetadata: "oidc_inserted" },
  },
  {
    name: "an issuer that ends with a slash",
    options: { issuerInMetadata: "trailing_slash", issuerSlashInResource: true },
  },
  {
    name: "an issuer that ends with a slash in its own metadata alone (Auth0)",
    options: { issuerInMetadata: "trailing_slash", issInResponse: "right" },
  },
  {
    name: "an issuer that ends with a slash in the resource's metadata alone",
    options: { issuerSlashInResource: true, issInResponse: "right" },
  },
  { name: "several challenges in one field", options: { challenge: "several" } },
  {
    name: "a 401 without a challenge",
    options: { challenge: "none", protectedResourceMetadata: "path" },
  },
  {
    name: "a server URL with a query",
    options: { mcpQuery: "?key=a%20b", protectedResourceMetadata: "path" },
  },
  { name: "iss in the response", options: { issInResponse: "right" } },
  { name: "tokens as a form", options: { tokenAnswer: "form" } },
  { name: "no expires_in", options: { tellsExpiresIn: false } },
  { name: "token_type in lower case", options: { tokenType: "bearer" } },
  {
    name: "clients that use Basic",
    options: {
      tokenEndpointAuthMethods: ["client_secret_basic"],
      registeredAuthMethod: "client_secret_basic",
    },
  },
  {
    name: "clients that post their secret",
    options: {
      tokenEndpointAuthMethods: ["client_secret_post"],
      registeredAuthMethod: "client_secret_post",
    },
  },
  { name: "native clients only", options: { demandsApplicationType: true } },
  { name: "a consent form", options: { authorizePage: "consent" } },
  {
    name: "strict parameters",
    options: { refusesUnknownAuthorizeParameters: true, scopesSupported: ["a"] },
  },
  { name: "resource required", options: { resourceParameter: "required" } },
  { name: "resource byte for byte", options: { resourceParameter: "byte_equal" } },
  {
    name: "a published resource without a path",
    options: { resourceParameter: "byte_equal", publishedResource: "" },
  },
  {
    name: "resource refused by the page",
    options: { resourceParameter: "refused_at_authorization" },
    tabs: 2,
  },
  {
    name: "resource refused by the token endpoint",
    options: { resourceParameter: "refused_at_token" },
    tabs: 2,
  },
  { name: "resource refused as Entra does", options: { resourceParameter: "entra" }, tabs: 2 },
];

for (const { name, options, tabs = 1 } of DIFFERENCES) {
  Deno.test(`causeway signs in with no flag: ${name}`, async () => {
    await using server = await startFakeAuthorizationServer(options);
    if (options.publishedResource === "") {
      server.behave({ publishedResource: server.resourceOrigin });
    }
    await using machine = await UserMachine.make();
    const first = await machine.startSignedIn(server.mcpUrl);
    assertStringIncludes(await callText(first, "whoami"), "alice");
    assertEquals(machine.opener.tabs().length <= tabs, true, machine.opener.tabs().join("\n"));
    const opened = machine.opener.tabs().length;
    const second = machine.start(server.mcpUrl);
    await second.peer.initialize();
    assertStringIncludes(await callText(second, "whoami"), "alice");
    assertEquals(machine.opener.tabs().length, opened);
    assertEquals(server.counters.codeGrants, 1);
    assertEquals(machine.leaks(server.secrets), []);
  });
}
