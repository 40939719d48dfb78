import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { programsFor } from "../../../scripts/build/allowed_programs.ts";
import { BASE_SOURCES } from "../../../scripts/build/base_table.ts";
import { requireSha256 } from "../../../scripts/build/checksum.ts";
import { type BaseFacts, chooseBase } from "../../../scripts/build/choose_base.ts";
import { embeddedEnvironment, permissionArguments } from "../../../scripts/build/compile.ts";

const LINUX: BaseFacts = { target: "x86_64-linux", officialRefusal: undefined, hasPython: true };
const OFFLINE: BaseFacts = { ...LINUX, officialRefusal: "no answer" };

function namesOf(...args: Parameters<typeof chooseBase>): readonly string[] {
  return chooseBase(...args).candidates.map((one) =>
    one.kind === "official" ? "official" : `${one.source.name} ${one.source.denoVersion}`
  );
}

Deno.test("chooseBase() prefers the official base, then the newest known source", () => {
  assertEquals(namesOf("auto", LINUX), ["official", "pypi 2.6.8", "npm 2.4.2"]);
});

Deno.test("chooseBase() leaves out what cannot be had and says why", () => {
  const choice = chooseBase("auto", { ...OFFLINE, hasPython: false });
  assertEquals(choice.candidates.map((one) => one.kind), ["source"]);
  assertEquals(choice.refusals, [
    "official: no answer",
    "pypi: Python is not there to fetch it",
  ]);
});

Deno.test("chooseBase() tries nothing but what was asked for", () => {
  assertEquals(namesOf("official", LINUX), ["official"]);
  assertEquals(namesOf("pypi", LINUX), ["pypi 2.6.8"]);
  assertEquals(namesOf("npm", LINUX), ["npm 2.4.2"]);
  assertEquals(namesOf("official", OFFLINE), []);
});

for (const target of ["aarch64-linux", "x86_64-darwin", "aarch64-darwin", "x86_64-windows"]) {
  Deno.test(`chooseBase() has no tried source for ${target} and says so`, () => {
    const choice = chooseBase("auto", { ...OFFLINE, target });
    assertEquals(choice.candidates, []);
    assertEquals(choice.refusals.length, 3);
    assertEquals(namesOf("auto", { ...LINUX, target }), ["official"]);
  });
}

Deno.test("BASE_SOURCES pins every file by a SHA-256", () => {
  for (const { file, extraction, compiler } of BASE_SOURCES) {
    const pins = [file.archiveSha256];
    if (extraction.kind === "elf-image") pins.push(extraction.sha256);
    if (compiler !== undefined) pins.push(compiler.archiveSha256, compiler.sha256);
    for (const pin of pins) assertMatch(pin, /^[0-9a-f]{64}$/);
  }
});

Deno.test("requireSha256() accepts the pinned bytes and refuses all others", () => {
  const abc = new TextEncoder().encode("abc");
  const pin = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  requireSha256(abc, pin, "abc");
  assertThrows(
    () => requireSha256(new TextEncoder().encode("abd"), pin, "abc"),
    Error,
    'Cannot use "abc": its SHA-256 is a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9, but ' +
      `${pin} is pinned`,
  );
});

Deno.test("permissionArguments() allows a closed list of programs and never native code", () => {
  for (const os of ["linux", "darwin", "windows"]) {
    const args = permissionArguments(os);
    assertEquals(args.filter((arg) => arg.startsWith("--allow-run=")), [
      `--allow-run=${programsFor(os).join(",")}`,
    ]);
    assertEquals(args.filter((arg) => arg.startsWith("--allow-sys")), ["--allow-sys=homedir"]);
    assertEquals(args.includes("--allow-run"), false);
    assertEquals(args.some((arg) => /^(-A|--allow-(all|ffi|import))/.test(arg)), false);
    assertEquals(args.includes("--no-prompt"), true);
  }
});

Deno.test("embeddedEnvironment() trusts the system's store and always has a PATH", () => {
  assertEquals(
    embeddedEnvironment("linux"),
    "DENO_TLS_CA_STORE=system,mozilla\nPATH='/usr/local/bin:/usr/bin:/bin'\n",
  );
  assertMatch(embeddedEnvironment("windows"), /^PATH='C:\\Windows\\System32;C:\\Windows'$/m);
});
