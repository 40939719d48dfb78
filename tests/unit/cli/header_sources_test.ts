import { assertEquals, assertStringIncludes } from "@std/assert";
import type { HeaderSource } from "../../../src/bridge/options.ts";
import { readHeaderSources } from "../../../src/cli/header_sources.ts";
import { CausewayError } from "../../../src/errors.ts";
import { causewayError, FakeFiles } from "./fake_platform.ts";

const lookUp = (name: string): string | undefined => name === "TOKEN" ? "s3cret" : undefined;

Deno.test("readHeaderSources() lets the later of two sources win", async () => {
  const files = new FakeFiles({ f: "A: file\nB: ${TOKEN}\n" });
  const field: HeaderSource = { kind: "field", field: ["a", "argument"] };
  const file: HeaderSource = { kind: "file", path: "f" };
  assertEquals(
    (await readHeaderSources([field, file], files, lookUp)).headers,
    [["A", "file"], ["B", "s3cret"]],
  );
  assertEquals(
    (await readHeaderSources([file, field], files, lookUp)).headers,
    [["B", "s3cret"], ["a", "argument"]],
  );
});

Deno.test("readHeaderSources() gives what a file holds now", async () => {
  const files = new FakeFiles({ f: "A: 1" });
  const sources: readonly HeaderSource[] = [{ kind: "file", path: "f" }];
  assertEquals((await readHeaderSources(sources, files, lookUp)).headers, [["A", "1"]]);
  files.content.set("f", "A: 2");
  assertEquals((await readHeaderSources(sources, files, lookUp)).headers, [["A", "2"]]);
});

Deno.test("readHeaderSources() leaves out what the bridge sets itself, with a warning", async () => {
  const sources: readonly HeaderSource[] = [
    { kind: "field", field: ["Accept", "application/json"] },
    { kind: "field", field: ["X", "${TOKEN}"] },
  ];
  const read = await readHeaderSources(sources, new FakeFiles(), lookUp);
  assertEquals(read.headers, [["X", "s3cret"]]);
  assertEquals(read.unexpanded, [["Accept", "application/json"], ["X", "${TOKEN}"]]);
  assertEquals(read.warnings, ['The header "Accept" is left out: Causeway sets it itself']);
});

Deno.test("readHeaderSources() warns of an empty value", async () => {
  const sources: readonly HeaderSource[] = [{ kind: "field", field: ["X", ""] }];
  const read = await readHeaderSources(sources, new FakeFiles(), lookUp);
  assertEquals(read.headers, [["X", ""]]);
  assertEquals(read.warnings, ['The header "X" is sent with an empty value']);
});

Deno.test("readHeaderSources() fails for a file that is not there", async () => {
  const error = await causewayError(() =>
    readHeaderSources([{ kind: "file", path: "/no/f" }], new FakeFiles(), lookUp)
  );
  assertEquals(error.code, "local-file");
  assertStringIncludes(error.message, '"/no/f"');
});

Deno.test("readHeaderSources() fails for a file that cannot be read", async () => {
  const failure = new CausewayError("local-file", 'Cannot read "f": permission denied');
  const error = await causewayError(() =>
    readHeaderSources([{ kind: "file", path: "f" }], new FakeFiles({ f: failure }), lookUp)
  );
  assertEquals(error, failure);
});
