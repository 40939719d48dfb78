import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { installFakeOpener } from "../../support/fake_opener.ts";

async function open(path: string, args: readonly string[]): Promise<number> {
  const { code } = await new Deno.Command(`${path}/xdg-open`, {
    args: [...args],
    clearEnv: true,
    env: { CANARY: "seen" },
  }).output();
  return code;
}

Deno.test("installFakeOpener() hands over each URL byte for byte and counts tabs", async () => {
  await using opener = await installFakeOpener();
  const url = "https://example.com/a?b=%41&c='$(x)`y`\"";
  const folder = opener.environment["PATH"] ?? "";
  assertEquals(await open(folder, [url]), 0);
  assertEquals(await opener.tab(), url);
  await open(folder, ["https://second.example/"]);
  assertEquals(opener.tabs(), [url, "https://second.example/"]);
  assertStringIncludes(opener.whatItSaw(), "CANARY='seen'");
});

Deno.test("installFakeOpener() waits no longer than told and can fail", async () => {
  await using opener = await installFakeOpener({ exitCode: 3 });
  await assertRejects(() => opener.tab(1, 30), Error, "in vain for tab 1");
  assertEquals(await open(opener.environment["PATH"] ?? "", ["http://x/"]), 3);
});
