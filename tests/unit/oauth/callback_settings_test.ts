import { assert, assertEquals, assertThrows } from "@std/assert";
import { CausewayError } from "../../../src/errors.ts";
import { type CallbackFlags, callbackSettings } from "../../../src/oauth/callback_settings.ts";

const FLAGS: CallbackFlags = { defaultPort: 4000 };

Deno.test("callbackSettings() defaults to mcp-remote's redirect URI on each system", () => {
  const expected = {
    defaultPort: 4000,
    fixedPort: false,
    host: "localhost",
    path: "/oauth/callback",
  };
  assertEquals(callbackSettings(FLAGS, "linux"), expected);
  assertEquals(callbackSettings(FLAGS, "macos"), expected);
  assertEquals(callbackSettings(FLAGS, "windows"), { ...expected, host: "127.0.0.1" });
});

Deno.test("callbackSettings() takes what is given", () => {
  const settings = callbackSettings({
    defaultPort: 4000,
    preRegistered: true,
    port: 3334,
    host: "::1",
    callbackPath: "/cb/%41",
    callbackBind: "[::]",
    callbackUrl: "https://box.example/callback",
    authSuccessUrl: "https://done.example/ok",
  }, "linux");
  assertEquals(settings, {
    defaultPort: 4000,
    fixedPort: true,
    port: 3334,
    host: "[::1]",
    path: "/cb/%41",
    bindAddress: "::",
    publicUrl: "https://box.example/callback",
    successUrl: "https://done.example/ok",
  });
  const http = { authSuccessUrl: "http://intranet/ok", allowHttp: true };
  assertEquals(callbackSettings({ ...FLAGS, ...http }, "linux").successUrl, "http://intranet/ok");
  for (const host of ["my-box", "127.0.0.1", "[::1]", "LocalHost", "0.0.0.0"]) {
    assertEquals(callbackSettings({ ...FLAGS, host }, "linux").host, host);
  }
});

Deno.test("callbackSettings() refuses what cannot be meant, and repeats no secret", () => {
  const bad: readonly Partial<CallbackFlags>[] = [
    ...[0, -1, 65536, 1.5, NaN].map((port) => ({ port })),
    ...["", "a b", "a/b", "a:80", "user@host", "a?b", "http://a", "1.2.3.4.5"].map((host) => ({
      host,
    })),
    ...["", "cb", "//evil/x", "/a?b", "/a#b", "/a b", "/../x", "/\\x"].map((callbackPath) => ({
      callbackPath,
    })),
    ...["", "localhost", "0.0.0.0:80", "1.2.3", "999.1.1.1", "::g"].map((callbackBind) => ({
      callbackBind,
    })),
    ...[
      "",
      "box",
      "ftp://box/",
      "https://u:canary@box/",
      "https://box/?k=canary",
      "https://b/#canary",
    ]
      .flatMap((url) => [{ callbackUrl: url }, { authSuccessUrl: url }]),
    { authSuccessUrl: "http://intranet/ok" },
    { authSuccessUrl: "javascript:alert(1)" },
  ];
  for (const flags of bad) {
    const check = (): unknown => callbackSettings({ ...FLAGS, ...flags }, "linux");
    const error = assertThrows(check, CausewayError, "Cannot use", JSON.stringify(flags));
    assertEquals(error.code, "usage");
    assert(!error.message.includes("canary"), error.message);
  }
});
