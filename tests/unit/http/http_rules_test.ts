import { assertEquals } from "@std/assert";
import { displayUrl, isLoopback } from "../../../src/http/addresses.ts";
import { CookieJar } from "../../../src/http/cookie_jar.ts";
import { judgeRedirect } from "../../../src/http/redirect_policy.ts";
import { parseRetryAfter } from "../../../src/http/retry_after.ts";

const HOSTS: readonly (readonly [url: string, loopback: boolean])[] = [
  ["http://localhost/", true],
  ["http://LOCALHOST:80/", true],
  ["http://localhost./", true],
  ["http://a.localhost/", true],
  ["http://127.0.0.1/", true],
  ["http://127.1/", true],
  ["http://2130706433/", true],
  ["http://0x7f.0.0.1/", true],
  ["http://[::1]/", true],
  ["http://127.0.0.1.example.com/", false],
  ["http://localhost.example.com/", false],
  ["http://notlocalhost/", false],
  ["http://10.0.0.1/", false],
  ["http://[::2]/", false],
];

for (const [url, loopback] of HOSTS) {
  Deno.test(`isLoopback() says ${loopback} for ${url}`, () =>
    assertEquals(isLoopback(new URL(url)), loopback));
}

Deno.test("displayUrl() hides the query", () => {
  assertEquals(
    displayUrl(new URL("https://a.example/mcp?key=secret")),
    "https://a.example/mcp?...",
  );
  assertEquals(displayUrl(new URL("https://a.example/mcp")), "https://a.example/mcp");
});

interface RedirectRow {
  readonly name: string;
  readonly from?: string;
  readonly method?: "GET" | "POST";
  readonly status?: number;
  readonly location: string | undefined;
  readonly follow: string | undefined;
  readonly sameOrigin?: boolean;
}

const REDIRECTS: readonly RedirectRow[] = [
  { name: "a relative one", location: "/mcp/", follow: "https://a.example/mcp/", sameOrigin: true },
  {
    name: "one to another origin",
    location: "https://b.example/mcp",
    follow: "https://b.example/mcp",
    sameOrigin: false,
  },
  {
    name: "http to https",
    from: "http://a.example/mcp",
    location: "https://a.example/mcp",
    follow: "https://a.example/mcp",
    sameOrigin: false,
  },
  {
    name: "a 303 of a GET",
    method: "GET",
    status: 303,
    location: "/x",
    follow: "https://a.example/x",
    sameOrigin: true,
  },
  { name: "a 303 of a POST", status: 303, location: "/x", follow: undefined },
  { name: "https to http", location: "http://a.example/mcp", follow: undefined },
  { name: "one to this machine", location: "https://127.0.0.1/mcp", follow: undefined },
  {
    name: "one on this machine",
    from: "http://127.0.0.1:1/mcp",
    location: "http://localhost:2/mcp",
    follow: "http://localhost:2/mcp",
    sameOrigin: false,
  },
  { name: "one with credentials", location: "https://u:p@a.example/", follow: undefined },
  { name: "one out of HTTP", location: "file:///etc/passwd", follow: undefined },
  { name: "one without a target", location: undefined, follow: undefined },
  { name: "one to no URL", location: "https://", follow: undefined },
];

for (const row of REDIRECTS) {
  Deno.test(`judgeRedirect() ${row.follow === undefined ? "refuses" : "follows"} ${row.name}`, () => {
    const url = new URL(row.from ?? "https://a.example/mcp");
    const verdict = judgeRedirect(
      { method: row.method ?? "POST", url },
      row.status ?? 307,
      row.location,
    );
    assertEquals(verdict.kind === "follow" ? verdict.url.href : undefined, row.follow);
    if (verdict.kind === "follow") assertEquals(verdict.sameOrigin, row.sameOrigin);
  });
}

const WAITS: readonly (readonly [value: string | undefined, wait: number | undefined])[] = [
  [undefined, undefined],
  ["", undefined],
  ["0", 0],
  [" 7 ", 7000],
  ["soon", undefined],
  ["-1", undefined],
  ["Thu, 01 Jan 1970 00:00:10 GMT", 4000],
  ["Thu, 01 Jan 1970 00:00:01 GMT", 0],
];

for (const [value, wait] of WAITS) {
  Deno.test(`parseRetryAfter() reads ${JSON.stringify(value)} as ${wait}`, () => {
    assertEquals(parseRetryAfter(value, 6000), wait);
  });
}

Deno.test("CookieJar sends back what a server set, with its newest value", () => {
  const jar = new CookieJar(() => 0);
  const url = new URL("https://a.example/mcp");
  jar.store(url, ["lb=node1; Path=/; HttpOnly; Secure", "other=2; Path=/"]);
  jar.store(url, ["lb=node2; Path=/"]);
  assertEquals(jar.header(url), "other=2; lb=node2");
});

Deno.test("CookieJar keeps to path, Secure and expiry", () => {
  let now = 0;
  const jar = new CookieJar(() => now);
  jar.store(new URL("http://a.example/x/mcp"), [
    "deep=1; Path=/x",
    "elsewhere=1; Path=/y",
    "secure=1; Path=/; Secure",
    "short=1; Path=/; Max-Age=10",
    "gone=1; Path=/; Max-Age=0",
    "default=1",
  ]);
  assertEquals(jar.header(new URL("http://a.example/x/mcp")), "deep=1; short=1; default=1");
  assertEquals(jar.header(new URL("http://a.example/xy")), "short=1");
  now = 11_000;
  assertEquals(jar.header(new URL("http://a.example/")), undefined);
});

Deno.test("CookieJar takes nothing that could forge a header, and not without bound", () => {
  const jar = new CookieJar(() => 0);
  const url = new URL("https://a.example/");
  jar.store(url, ["a=b\r\nX: y", "=x", "no-equals", "a b=c", `big=${"x".repeat(5000)}`]);
  assertEquals(jar.header(url), undefined);
  jar.store(url, Array.from({ length: 500 }, (_, index) => `c${index}=1`));
  assertEquals(jar.header(url)?.split("; ").length, 64);
});
