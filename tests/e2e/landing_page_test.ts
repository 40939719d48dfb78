import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SILENT_LOGGER } from "../../src/log/logger.ts";
import { LoopbackReceiver } from "../../src/oauth/loopback_receiver.ts";
import type { ReceivedAnswer } from "../../src/oauth/ports.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { SystemLoopbackListeners } from "../../src/platform/system_loopback_listener.ts";
import { RealBrowser, type ShownPage, type VisitOptions } from "../support/real_browser.ts";

// Set CAUSEWAY_SCREENSHOTS to a folder to get a picture of each page.
const PICTURES = Deno.env.get("CAUSEWAY_SCREENSHOTS");

const HOSTILE = '<script>globalThis.ran = true; alert(1)</script>"><img src=x onerror="alert(2)">' +
  "</p></main><h1>Forged</h1>&lt;b&gt; \u202Etfel ot thgir\u202C";
const LONG_WORD = `Cannot exchange "${"a".repeat(300)}": ${"https://as.example.com/x/".repeat(12)}`;
const LONG_TEXT = "Cannot sign in: the authorization server said no at great length. ".repeat(40);
const RIGHT_TO_LEFT = "تعذر تسجيل الدخول: رفض الخادم الطلب (access_denied). שלום עולם";

interface Case {
  readonly name: string;
  readonly end: (answer: ReceivedAnswer<string>) => Promise<void>;
  readonly status: number;
  readonly heading: string;
  readonly contains: string;
}

const CASES: readonly Case[] = [
  {
    name: "success",
    end: (answer) => answer.showSuccess(),
    status: 200,
    heading: "You are signed in",
    contains: "close this tab",
  },
  failure("failure", 'Cannot sign in to "https://mcp.example.com/mcp": access was denied'),
  failure("hostile", HOSTILE, "<script>globalThis.ran = true; alert(1)</script>"),
  failure("long_word", LONG_WORD, "https://as.example.com/x/"),
  failure("long_text", LONG_TEXT, "at great length"),
  failure("right_to_left", RIGHT_TO_LEFT, "access_denied"),
];

const LOOKS: readonly (VisitOptions & { readonly look: string })[] = [
  { look: "light", width: 1000 },
  { look: "dark", width: 1000, dark: true },
  { look: "narrow_dark", width: 320, dark: true },
  { look: "narrow_light", width: 320 },
];

function failure(name: string, message: string, contains = message): Case {
  return {
    name,
    end: (answer) => answer.showFailure(message, "Sign in again and allow the access"),
    status: 400,
    heading: "Signing in did not work",
    contains,
  };
}

function receiver(): LoopbackReceiver {
  return new LoopbackReceiver({
    listeners: new SystemLoopbackListeners(SYSTEM_CLOCK),
    settings: { defaultPort: 0, fixedPort: false, host: "localhost", path: "/oauth/callback" },
    clock: SYSTEM_CLOCK,
    logger: SILENT_LOGGER,
  });
}

function checkPlain(page: ShownPage, look: string): void {
  assertEquals(page.language, "en");
  assertEquals(page.landmarks, 1);
  assertEquals(page.title, `${page.headings[0]} - Causeway`);
  assertEquals([page.ran, page.complaints, page.overflows], [false, [], false], look);
  // WCAG 2 AA asks for 4.5 : 1.
  assert(page.leastContrast >= 4.5, `${look}: contrast ${page.leastContrast}`);
  const isDark = page.background === "rgb(20, 23, 28)";
  assertEquals(isDark, look.includes("dark"), page.background);
  const known = new Set([
    "body",
    "footer",
    "h1",
    "head",
    "html",
    "main",
    "meta",
    "p",
    "style",
    "title",
  ]);
  assertEquals(page.elements.filter((name) => !known.has(name)), []);
}

Deno.test("the landing page tells a person in a real browser how signing in ended", async () => {
  await using browser = await RealBrowser.start();
  for (const { name, end, status, heading, contains } of CASES) {
    for (const { look, ...options } of LOOKS) {
      const listening = await receiver().listen();
      const receiving = listening.receive(
        () => ({ kind: "answer", answer: "" }),
        new AbortController().signal,
      );
      const screenshot = PICTURES === undefined
        ? {}
        : { screenshot: `${PICTURES}/${name}_${look}.png` };
      const visiting = browser.visit(`${listening.redirectUri}?code=canary&state=s`, {
        ...options,
        ...screenshot,
      });
      const [page] = await Promise.all([visiting, Promise.race([receiving.then(end), visiting])]);
      await listening.close();
      checkPlain(page, look);
      assertEquals([page.status, page.headings], [status, [heading]]);
      assertStringIncludes(page.text, contains);
      assert(!page.text.includes("canary"));
      assertEquals(page.requests, [`${listening.redirectUri}?code=canary&state=s`]);
    }
  }
});

Deno.test("the landing page tells a person in a real browser that a link means nothing", async () => {
  await using browser = await RealBrowser.start();
  for (const { look, ...options } of LOOKS) {
    const listening = await receiver().listen();
    const abort = new AbortController();
    const receiving = listening.receive(() => ({ kind: "stray" }), abort.signal).catch(() => {});
    const screenshot = PICTURES === undefined
      ? {}
      : { screenshot: `${PICTURES}/stray_${look}.png` };
    const query = "?code=<script>globalThis.ran=true</script>";
    const page = await browser.visit(listening.redirectUri + query, { ...options, ...screenshot });
    checkPlain(page, look);
    assertEquals(page.status, 400);
    assertStringIncludes(page.text, "Nothing was changed");
    abort.abort();
    await receiving;
    await listening.close();
  }
});
