import { assertEquals, assertThrows } from "@std/assert";
import { CausewayError } from "../../../src/errors.ts";
import { proxyFor } from "../../../src/platform/proxy_settings.ts";

function choose(url: string, variables: Readonly<Record<string, string>>): string | undefined {
  return proxyFor(new URL(url), { get: (name) => variables[name] })?.href;
}

const PROXY = "http://proxy.example:3128/";

const CHOICES: readonly (readonly [
  url: string,
  variables: Readonly<Record<string, string>>,
  proxy: string | undefined,
])[] = [
  ["https://a.example", {}, undefined],
  ["https://a.example", { HTTPS_PROXY: PROXY }, PROXY],
  ["https://a.example", { https_proxy: PROXY }, PROXY],
  ["https://a.example", { HTTP_PROXY: PROXY }, undefined],
  ["http://a.example", { HTTP_PROXY: PROXY }, PROXY],
  ["http://a.example", { HTTPS_PROXY: PROXY }, undefined],
  ["http://a.example", { ALL_PROXY: PROXY }, PROXY],
  [
    "https://a.example",
    { all_proxy: PROXY, HTTPS_PROXY: "http://own.example:1" },
    "http://own.example:1/",
  ],
  ["https://a.example", { https_proxy: PROXY, HTTPS_PROXY: "http://other.example:1" }, PROXY],
  ["https://a.example", { https_proxy: "", HTTPS_PROXY: PROXY }, PROXY],
  ["https://a.example", { HTTPS_PROXY: " " }, undefined],
  ["https://a.example", { HTTPS_PROXY: "proxy.example:3128" }, PROXY],
  [
    "https://a.example",
    { HTTPS_PROXY: "user:pw@proxy.example:3128" },
    "http://user:pw@proxy.example:3128/",
  ],
  [
    "https://a.example",
    { HTTPS_PROXY: "socks5://proxy.example:1080" },
    "socks5://proxy.example:1080",
  ],
  ["https://a.example", { HTTPS_PROXY: "https://proxy.example" }, "https://proxy.example/"],
  ["http://localhost:8080", { ALL_PROXY: PROXY }, undefined],
  ["http://app.localhost:8080", { ALL_PROXY: PROXY }, undefined],
  ["http://localhost.:8080", { ALL_PROXY: PROXY }, undefined],
  ["http://127.0.0.1:8080", { ALL_PROXY: PROXY }, undefined],
  ["http://127.9.9.9", { ALL_PROXY: PROXY }, undefined],
  ["http://0x7f000001", { ALL_PROXY: PROXY }, undefined],
  ["http://[::1]:8080", { ALL_PROXY: PROXY }, undefined],
  ["http://localhost.example", { ALL_PROXY: PROXY }, PROXY],
  ["http://127.0.0.1.example", { ALL_PROXY: PROXY }, PROXY],
];

for (const [url, variables, proxy] of CHOICES) {
  Deno.test(`proxyFor() chooses ${proxy} for ${url} with ${JSON.stringify(variables)}`, () => {
    assertEquals(choose(url, variables), proxy);
  });
}

const EXEMPTIONS: readonly (readonly [noProxy: string, url: string, exempt: boolean])[] = [
  ["*", "https://a.example", true],
  ["a.example", "https://a.example", true],
  ["A.Example", "https://a.example", true],
  ["a.example.", "https://a.example", true],
  ["example", "https://a.example", true],
  [".example", "https://a.example", true],
  ["*.example", "https://a.example", true],
  [".a.example", "https://a.example", true],
  ["b.example", "https://a.example", false],
  ["ample", "https://a.example", false],
  [".", "https://a.example", false],
  ["b.example,a.example", "https://a.example", true],
  ["b.example, a.example", "https://a.example", true],
  ["b.example a.example", "https://a.example", true],
  [",", "https://a.example", false],
  ["a.example:443", "https://a.example", true],
  ["a.example:8443", "https://a.example", false],
  ["a.example:8443", "https://a.example:8443", true],
  ["a.example:80", "http://a.example", true],
  ["https://a.example", "https://a.example", true],
  ["10.1.2.3", "http://10.1.2.3", true],
  ["10.1.2.3:80", "http://10.1.2.3", true],
  ["10.0.0.0/8", "http://10.1.2.3", true],
  ["10.0.0.0/8", "http://11.1.2.3", false],
  ["192.168.1.0/24", "http://192.168.1.77", true],
  ["192.168.1.0/24", "http://192.168.2.77", false],
  ["0.0.0.0/0", "http://8.8.8.8", true],
  ["10.1.2.3/32", "http://10.1.2.3", true],
  ["10.0.0.0/33", "http://10.1.2.3", false],
  ["10.0.0.0/x", "http://10.1.2.3", false],
  ["300.0.0.0/8", "http://44.1.2.3", false],
  ["10.0.0.0/8", "http://10.example", false],
  ["[fd00::1]", "http://[fd00::1]", true],
  ["fd00::1", "http://[fd00::1]", true],
  ["FD00:0:0:0:0:0:0:1", "http://[fd00::1]", true],
  ["[fd00::1]:80", "http://[fd00::1]", true],
  ["[fd00::1]:81", "http://[fd00::1]", false],
  ["fd00::2", "http://[fd00::1]", false],
];

for (const [noProxy, url, exempt] of EXEMPTIONS) {
  Deno.test(`proxyFor() ${exempt ? "exempts" : "proxies"} ${url} with NO_PROXY "${noProxy}"`, () => {
    const variables = { ALL_PROXY: PROXY, NO_PROXY: noProxy };
    assertEquals(choose(url, variables), exempt ? undefined : PROXY);
  });
}

Deno.test("proxyFor() prefers no_proxy over NO_PROXY", () => {
  const variables = { ALL_PROXY: PROXY, no_proxy: "b.example", NO_PROXY: "a.example" };
  assertEquals(choose("https://a.example", variables), PROXY);
  assertEquals(choose("https://b.example", variables), undefined);
});

for (
  const value of [
    "ftp://proxy.example",
    "socks4://proxy.example:1",
    "http://",
    "http://%zz@h",
    "http://u:%zz@h:1",
  ]
) {
  Deno.test(`proxyFor() refuses the proxy "${value}" without showing it`, () => {
    const act = () => choose("https://a.example", { HTTPS_PROXY: value });
    const error = assertThrows(act, CausewayError, 'Cannot use the proxy of "HTTPS_PROXY"');
    assertEquals(error.code, "usage");
    assertEquals(error.message.includes("%zz"), false);
  });
}

Deno.test("proxyFor() does not look at a proxy that the URL does not need", () => {
  assertEquals(choose("http://localhost:1", { HTTP_PROXY: "ftp://x" }), undefined);
  assertEquals(choose("https://a.example", { HTTPS_PROXY: "ftp://x", NO_PROXY: "*" }), undefined);
});
