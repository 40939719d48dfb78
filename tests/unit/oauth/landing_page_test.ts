import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  bareReply,
  type LandingContent,
  landingPage,
  successRedirect,
} from "../../../src/oauth/landing_page.ts";
import type { LoopbackReply } from "../../../src/platform/loopback_listener.ts";

const PAGES: readonly LandingContent[] = [
  { kind: "success" },
  { kind: "failure", message: "Cannot sign in", hint: "Try again" },
  { kind: "stray" },
  { kind: "stopped" },
];

function header(reply: LoopbackReply, name: string): string | undefined {
  return reply.headers.find(([one]) => one === name)?.[1];
}

Deno.test("landingPage() has a language, a title, one main heading and no script", () => {
  for (const content of PAGES) {
    const { body } = landingPage(content);
    assert(body.startsWith('<!doctype html>\n<html lang="en">'));
    assertEquals(body.match(/<title>[^<]{5,}<\/title>/g)?.length, 1);
    assertEquals(body.match(/<h1>/g)?.length, 1);
    assertStringIncludes(body, "your application");
    for (const banned of ["<script", "<img", "<a ", "<form", "http:", "https:", "javascript:"]) {
      assert(!body.includes(banned), `${content.kind}: ${banned}`);
    }
  }
});

Deno.test("landingPage() allows its own style by digest and nothing else", async () => {
  for (const content of PAGES) {
    const reply = landingPage(content);
    const style = /<style>(.*?)<\/style>/s.exec(reply.body)?.[1] ?? "";
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    const digest = btoa(String.fromCharCode(...new Uint8Array(bytes)));
    assertEquals(
      header(reply, "Content-Security-Policy"),
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; ` +
        "frame-ancestors 'none'",
    );
  }
});

Deno.test("every reply is kept out of caches, referrers, frames and guesses of its type", () => {
  for (
    const reply of [
      ...PAGES.map(landingPage),
      bareReply(404),
      successRedirect("https://a.example/"),
    ]
  ) {
    assertEquals(header(reply, "Cache-Control"), "no-store");
    assertEquals(header(reply, "Referrer-Policy"), "no-referrer");
    assertEquals(header(reply, "X-Content-Type-Options"), "nosniff");
    assertEquals(header(reply, "X-Frame-Options"), "DENY");
    assertStringIncludes(header(reply, "Content-Security-Policy") ?? "", "frame-ancestors 'none'");
  }
});

Deno.test("landingPage() says 200 only for success", () => {
  assertEquals(PAGES.map((content) => landingPage(content).status), [200, 400, 400, 503]);
});

Deno.test("landingPage() escapes texts from the network and takes the sting out of the rest", () => {
  const message = `<script>alert("1")</script>&amp;'</p>\u0000\u001b[31m\u202Eevil\u2066\ud800`;
  const { body } = landingPage({ kind: "failure", message, hint: "<img src=x onerror=alert(1)>" });
  assertStringIncludes(
    body,
    "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;&#39;&lt;/p&gt;",
  );
  assertStringIncludes(body, "&lt;img src=x onerror=alert(1)&gt;");
  // deno-lint-ignore no-control-regex
  assert(!/[\u0000\u001b\u202e\u2066]|<script|<img|<\/p>'/.test(body));
  assert(body.isWellFormed());
});

Deno.test("landingPage() turns messages and hints into sentences", () => {
  const cases = [
    ["sign in again", "Sign in again."],
    ["Done.", "Done."],
    ["--auth-timeout gives more time", "--auth-timeout gives more time."],
    ["https://as.example.com said no", "https://as.example.com said no."],
    ["\u00fcber alles?", "\u00fcber alles?"],
  ] as const;
  for (const [hint, shown] of cases) {
    const { body } = landingPage({ kind: "failure", message: "No", hint });
    assertStringIncludes(body, `<p dir="auto">No.</p>\n<p dir="auto">${shown}</p>`);
  }
});

Deno.test("landingPage() cuts a text that no person reads to its end", () => {
  const { body } = landingPage({ kind: "failure", message: "\u{1f600}".repeat(100_000) });
  assert(body.length < 10_000);
  assert(body.isWellFormed());
});

Deno.test("successRedirect() sends the browser there with GET, and only there", () => {
  const reply = successRedirect("https://done.example/ok");
  assertEquals([reply.status, header(reply, "Location"), reply.body], [
    303,
    "https://done.example/ok",
    "",
  ]);
});
