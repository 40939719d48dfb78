import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Keychain } from "../../../src/platform/keychain.ts";
import { DpapiKeychain } from "../../../src/platform/keychain_dpapi.ts";
import type { RunOutcome } from "../../../src/platform/processes.ts";
import { systemKeychain } from "../../../src/platform/system_keychain.ts";
import { environmentOf } from "../../support/environment_of.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import {
  exited,
  ScriptedProcesses,
  type StartedProgram,
} from "../../support/scripted_processes.ts";

const SECRET = "aSecret_of-43-characters";

function keychainOn(
  operatingSystem: "linux" | "macos",
  run: (started: StartedProgram) => RunOutcome,
): { readonly keychain: Keychain; readonly started: readonly StartedProgram[] } {
  const processes = new ScriptedProcesses({ run });
  const ports = {
    environment: environmentOf(operatingSystem),
    processes,
    files: new MemoryFiles(),
  };
  return { keychain: systemKeychain(ports, "/store"), started: processes.started };
}

Deno.test("Keychain.read() tells a secret that is absent from a keychain that is not there", async () => {
  const cases: readonly (readonly ["linux" | "macos", RunOutcome, string])[] = [
    ["linux", exited(0, SECRET), "found"],
    ["linux", exited(0, `${SECRET}\n`), "found"],
    ["linux", exited(1), "absent"],
    ["linux", exited(0, ""), "unavailable"],
    ["linux", exited(1, "", "secret-tool: Cannot autolaunch D-Bus without X11"), "unavailable"],
    ["linux", exited(2, "", "usage: secret-tool"), "unavailable"],
    ["linux", { kind: "not_found" }, "unavailable"],
    ["linux", { kind: "timed_out" }, "unavailable"],
    ["linux", { kind: "too_much_output" }, "unavailable"],
    ["macos", exited(0, `${SECRET}\n`), "found"],
    ["macos", exited(44, "", "could not be found in the keychain"), "absent"],
    ["macos", exited(36, "", "User interaction is not allowed."), "unavailable"],
    ["macos", exited(0, ""), "unavailable"],
    ["macos", { kind: "timed_out" }, "unavailable"],
    ["macos", { kind: "refused" }, "unavailable"],
  ];
  for (const [system, outcome, kind] of cases) {
    const reading = await keychainOn(system, () => outcome).keychain.read();
    assertEquals(reading.kind, kind, `${system} ${JSON.stringify(outcome)}`);
    if (reading.kind === "found") assertEquals(reading.secret, SECRET);
  }
});

Deno.test("Keychain.write() gives the secret on standard input, never as an argument", async () => {
  for (const system of ["linux", "macos"] as const) {
    const { keychain, started } = keychainOn(system, () => exited(0));
    assert(await keychain.write(SECRET));
    assertEquals(started.length, 1);
    for (const { args, stdin } of started) {
      assert(stdin.includes(SECRET), system);
      assert(!args.join(" ").includes(SECRET), system);
      // macOS's security reads command lines of up to 4096 bytes.
      assert(stdin.length < 400, system);
    }
  }
});

Deno.test("Keychain.write() says when it failed", async () => {
  for (const outcome of [exited(1), { kind: "timed_out" }, { kind: "not_found" }] as const) {
    for (const system of ["linux", "macos"] as const) {
      assertEquals(await keychainOn(system, () => outcome).keychain.write(SECRET), false);
    }
  }
});

/** DPAPI by a script that turns texts around instead of encrypting them. */
function fakePowershell({ args, stdin }: StartedProgram): RunOutcome {
  const script = args.at(-1) ?? "";
  assertMatch(script, /ProtectedData\]::(Protect|Unprotect)/);
  return exited(0, [...stdin].reverse().join(""));
}

Deno.test("DpapiKeychain keeps only the protected form on disk and reads it back", async () => {
  const files = new MemoryFiles();
  const processes = new ScriptedProcesses({ run: fakePowershell });
  const keychain = new DpapiKeychain(processes, files, "/store/key.dpapi");
  assertEquals(await keychain.read(), { kind: "absent" });
  assertEquals(processes.started, []);
  assert(await keychain.write(SECRET));
  assert(!files.text("/store/key.dpapi").includes(SECRET));
  assertEquals(await keychain.read(), { kind: "found", secret: SECRET });
  for (const { args } of processes.started) assert(!args.join(" ").includes(SECRET));
});

Deno.test("DpapiKeychain.read() is unavailable, not absent, when Windows does not decrypt", async () => {
  const files = new MemoryFiles();
  files.set("/store/key.dpapi", "of another account");
  for (const outcome of [exited(1), exited(0, ""), { kind: "timed_out" }] as const) {
    const processes = new ScriptedProcesses({ run: () => outcome });
    const reading = await new DpapiKeychain(processes, files, "/store/key.dpapi").read();
    assertEquals(reading.kind, "unavailable");
  }
});
