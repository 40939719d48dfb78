import { assertEquals } from "@std/assert";
import {
  authenticate,
  type OAuthClient,
  selectAuthenticationMethod,
} from "../../../src/oauth/client_authentication.ts";

const BASIC = "client_secret_basic";
const POST = "client_secret_post";

/** Held secret, registered method, what the server lists, what is used. */
const ROWS: readonly (readonly [boolean, string | undefined, string[] | undefined, string])[] = [
  [false, undefined, undefined, "none"],
  [false, BASIC, [BASIC], "none"],
  [true, undefined, undefined, BASIC],
  [true, undefined, [POST], POST],
  [true, undefined, [POST, BASIC], BASIC],
  [true, undefined, ["none"], BASIC],
  [true, "none", ["none", BASIC, POST], BASIC],
  [true, "none", [POST, "none"], POST],
  [true, BASIC, [POST], POST],
  [true, POST, [BASIC, POST], POST],
  [true, POST, undefined, POST],
  [true, POST, [], POST],
];

for (const [secret, registered, supported, expected] of ROWS) {
  const what = `${secret ? "a" : "no"} secret, ${registered} registered, ${supported} listed`;
  Deno.test(`selectAuthenticationMethod() says ${expected} for ${what}`, () => {
    const client: OAuthClient = {
      clientId: "c",
      ...(secret ? { clientSecret: "s" } : {}),
      ...(registered === undefined ? {} : { tokenEndpointAuthMethod: registered }),
    };
    assertEquals(selectAuthenticationMethod(client, supported), expected);
  });
}

Deno.test("authenticate() form-encodes both parts before it joins them for Basic", async () => {
  const form = new URLSearchParams();
  const headers = await authenticate(
    form,
    { clientId: "a:b c", clientSecret: "ü%+" },
    { audience: "x" },
  );
  assertEquals(headers, [["authorization", `Basic ${btoa("a%3Ab+c:%C3%BC%25%2B")}`]]);
  assertEquals(form.toString(), "");
});

Deno.test("authenticate() sends a posted secret in the form alone", async () => {
  const form = new URLSearchParams();
  const target = { audience: "x", supported: [POST] };
  const headers = await authenticate(form, { clientId: "c", clientSecret: "s" }, target);
  assertEquals([headers, form.toString()], [[], "client_id=c&client_secret=s"]);
});

Deno.test("authenticate() signs an assertion for the audience", async () => {
  const form = new URLSearchParams();
  const client = {
    clientId: "c",
    assertion: (audience: string) => Promise.resolve(`for-${audience}`),
  };
  await authenticate(form, client, { audience: "https://as.example" });
  assertEquals(Object.fromEntries(form), {
    client_id: "c",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: "for-https://as.example",
  });
});
