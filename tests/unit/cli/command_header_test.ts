import { assertEquals, assertStringIncludes } from "@std/assert";
import { CommandHeader } from "../../../src/cli/command_header.ts";
import { SILENT_LOGGER } from "../../../src/log/logger.ts";
import type { RunOutcome } from "../../../src/platform/processes.ts";
import { SYSTEM_CLOCK } from "../../../src/platform/system_clock.ts";
import { SystemProcesses } from "../../../src/platform/system_processes.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { causewayError } from "./fake_platform.ts";
import { exited, FakeProcesses } from "./fake_processes.ts";

function setUp(...outcomes: RunOutcome[]) {
  const processes = new FakeProcesses();
  processes.outcomes.push(...outcomes);
  const clock = new FakeClock();
  const warnings: string[] = [];
  const values: string[] = [];
  let loaded = 0;
  const header = new CommandHeader(
    { name: "Authorization", program: "gcloud", args: ["auth", "print"] },
    {
      loadProcesses: () => {
        loaded++;
        return Promise.resolve(processes);
      },
      clock,
      logger: { ...SILENT_LOGGER, warn: (message) => void warnings.push(message) },
      redact: (text) => text.replaceAll("s3cret", "[redacted]"),
      onValue: (name, value) => void values.push(`${name}: ${value}`),
    },
  );
  return { header, processes, clock, warnings, values, loaded: () => loaded };
}

/** What a program prints whose token is good for that many seconds. */
function lasting(token: string, seconds: number): RunOutcome {
  return exited(JSON.stringify({ token, expires_in: seconds }));
}

Deno.test("CommandHeader runs its program for the first request, not before", async () => {
  const { header, processes, values, loaded } = setUp(exited("t1\n"));
  assertEquals([header.value, loaded(), processes.runs.length], [undefined, 0, 0]);
  await header.refresh();
  assertEquals(header.value, "Bearer t1");
  assertEquals(values, ["Authorization: Bearer t1"]);
  const { program, args, options } = processes.runs[0] ?? {};
  assertEquals([program, args], ["gcloud", ["auth", "print"]]);
  assertEquals(options, { timeout: 30_000, outputLimit: 65_536 });
});

Deno.test("CommandHeader keeps a value that does not say when it expires", async () => {
  const { header, processes, clock } = setUp(exited("t1"));
  await header.refresh();
  await clock.advance(365 * 24 * 3_600_000);
  await header.refresh();
  assertEquals(processes.runs.length, 1);
});

Deno.test("CommandHeader runs its program again half a minute before the value expires", async () => {
  const { header, processes, clock } = setUp(lasting("t1", 3600), lasting("t2", 3600));
  await header.refresh();
  await clock.advance(3_600_000 - 30_001);
  await header.refresh();
  assertEquals([header.value, processes.runs.length], ["Bearer t1", 1]);
  await clock.advance(1);
  await header.refresh();
  assertEquals([header.value, processes.runs.length], ["Bearer t2", 2]);
});

Deno.test("CommandHeader does not run its program for each request when values expire at once", async () => {
  const { header, processes, clock } = setUp(lasting("t1", 1), lasting("t2", 1));
  await header.refresh();
  await clock.advance(9999);
  await header.refresh();
  assertEquals(processes.runs.length, 1);
  await clock.advance(1);
  await header.refresh();
  assertEquals(processes.runs.length, 2);
});

Deno.test("CommandHeader runs its program once for requests at the same time", async () => {
  const { header, processes } = setUp();
  const refreshes = [header.refresh(), header.refresh(), header.renew()];
  assertEquals(header.running, true);
  await Promise.resolve();
  assertEquals(processes.runs.length, 1);
  processes.runs[0]?.end(exited("t1"));
  await Promise.all(refreshes);
  assertEquals([header.value, header.running], ["Bearer t1", false]);
});

Deno.test("CommandHeader tells a value only when it is another one", async () => {
  const { header, values } = setUp(exited("t1"), exited("t1"), exited("t2"));
  await header.refresh();
  await header.renew();
  await header.renew();
  assertEquals(values, ["Authorization: Bearer t1", "Authorization: Bearer t2"]);
});

Deno.test("CommandHeader sends an expired value that cannot be replaced, and says so", async () => {
  const { header, processes, clock, warnings } = setUp(
    lasting("t1", 60),
    exited("", 1),
    exited("t2"),
  );
  await header.refresh();
  await clock.advance(60_000);
  await header.refresh();
  await header.refresh();
  assertEquals([header.value, processes.runs.length], ["Bearer t1", 2]);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0] ?? "", "exit code 1; the earlier value is sent");
  await clock.advance(10_000);
  await header.refresh();
  assertEquals(header.value, "Bearer t2");
});

Deno.test("CommandHeader runs its program anew after a failure", async () => {
  const { header } = setUp({ kind: "timed_out" }, exited("t1"));
  await causewayError(() => header.refresh());
  await header.refresh();
  assertEquals(header.value, "Bearer t1");
});

const FAILURES: readonly {
  readonly outcome: RunOutcome;
  readonly says: string;
  readonly hint: RegExp;
}[] = [
  { outcome: { kind: "refused" }, says: "not among the programs", hint: /terminal/ },
  { outcome: { kind: "not_found" }, says: "no such program on the PATH", hint: /set PATH/ },
  { outcome: { kind: "timed_out" }, says: "not end within 30 seconds", hint: /question/ },
  { outcome: { kind: "too_much_output" }, says: "more than 64 KiB", hint: /terminal/ },
  { outcome: exited("s3cret", 7), says: "ended with exit code 7", hint: /terminal/ },
  {
    outcome: exited("s3cret", 2, "\n \x1b[31mERROR:\x07 s3cret is no account\nmore\n"),
    says: "exit code 2 and said: [31mERROR: [redacted] is no account",
    hint: /terminal/,
  },
  { outcome: exited(""), says: "printed nothing", hint: /terminal/ },
  { outcome: exited("s3cret\0"), says: "a character that no header can", hint: /terminal/ },
];

for (const { outcome, says, hint } of FAILURES) {
  Deno.test(`CommandHeader explains that its program ${says}`, async () => {
    const { header } = setUp(outcome);
    const error = await causewayError(() => header.refresh());
    assertEquals(error.code, "authorization-failed");
    assertStringIncludes(error.message, 'Cannot get the header "Authorization" from "gcloud": ');
    assertStringIncludes(error.message, says);
    assertEquals(hint.test(error.hint ?? ""), true);
    assertEquals(/s3cret|more/.test(error.message.replace("more than", "")), false);
    assertEquals(header.value, undefined);
  });
}

Deno.test("CommandHeader takes its value from a user's own causeway-credential-helper", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script = '#!/bin/sh\nprintf "%s|%s|%s" "$#" "$1" "$2"\necho noise >&2\n';
    const path = `${folder}/causeway-credential-helper`;
    await Deno.writeTextFile(path, script, { mode: 0o755 });
    const processes = new SystemProcesses(SYSTEM_CLOCK, { environment: { PATH: folder } });
    const header = new CommandHeader(
      { name: "X-Key", program: "causeway-credential-helper", args: ["a  b", "$HOME;`id`"] },
      {
        loadProcesses: () => Promise.resolve(processes),
        clock: SYSTEM_CLOCK,
        logger: SILENT_LOGGER,
        redact: (text) => text,
        onValue: () => {},
      },
    );
    await header.refresh();
    assertEquals(header.value, "2|a  b|$HOME;`id`");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
