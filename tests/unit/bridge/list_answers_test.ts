import { assertEquals } from "@std/assert";
import { asksForFirstPage, mergePages } from "../../../src/bridge/page_merger.ts";
import { refusalOf, withoutHiddenTools } from "../../../src/bridge/tool_gate.ts";
import type { JsonObject } from "../../../src/jsonrpc/frame.ts";
import { frameOf, readFrame } from "../../../src/jsonrpc/message_frame.ts";
import { encodeHeaderValue, mirroredHeaders } from "../../../src/mcp/request_metadata.ts";
import { errorOf } from "../../support/assertions.ts";

const notDelete = (name: string) => !name.startsWith("delete");

Deno.test("refusalOf() refuses a call of a hidden tool with -32602 and lets all else pass", () => {
  const call = (name: string) =>
    frameOf({ jsonrpc: "2.0", id: 0, method: "tools/call", params: { name } });
  assertEquals(refusalOf(call("deleteAll"), notDelete)?.json()["id"], 0);
  assertEquals(
    (refusalOf(call("deleteAll"), notDelete)?.json()["error"] as JsonObject)["code"],
    -32602,
  );
  assertEquals(refusalOf(call("read"), notDelete), undefined);
  assertEquals(
    refusalOf(
      frameOf({ jsonrpc: "2.0", id: 1, method: "prompts/get", params: { name: "deleteAll" } }),
      notDelete,
    ),
    undefined,
  );
  assertEquals(
    refusalOf(frameOf({ jsonrpc: "2.0", id: 1, method: "tools/call" }), notDelete),
    undefined,
  );
});

Deno.test("withoutHiddenTools() makes an error of a list that it cannot write anew", () => {
  const answer = frameOf({ jsonrpc: "2.0", id: 7, result: { tools: [{ name: "a" }] } });
  const refused = withoutHiddenTools(answer, () => {
    throw new RangeError("too deep");
  });
  assertEquals([refused.envelope.kind, errorOf(refused.json()).code], ["error", -32603]);
});

Deno.test("withoutHiddenTools() drops hidden tools and keeps the other members", () => {
  const answer = frameOf({
    jsonrpc: "2.0",
    id: 1,
    result: { tools: [{ name: "deleteAll" }, { name: "read", x: 1 }], nextCursor: "c" },
  });
  assertEquals(withoutHiddenTools(answer, notDelete).json()["result"], {
    tools: [{ name: "read", x: 1 }],
    nextCursor: "c",
  });
});

Deno.test("withoutHiddenTools() leaves errors, odd results and lists without hidden tools as they are", () => {
  for (
    const text of [
      '{"id":1,"error":{"code":1,"message":""}}',
      '{"id":1,"result":null}',
      '{"id":1,"result":{"tools":7}}',
      '{"id":1,"result":{"tools":[{"name":"a"},{},null]}}',
    ]
  ) {
    const frame = readFrame(new TextEncoder().encode(text));
    assertEquals(withoutHiddenTools(frame, notDelete), frame);
  }
});

const list = frameOf({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: { a: 1 } } });

function page(tools: readonly string[], nextCursor?: string) {
  return frameOf({
    jsonrpc: "2.0",
    id: 1,
    result: { tools: [...tools], other: true, ...(nextCursor === undefined ? {} : { nextCursor }) },
  });
}

/** Serves pages by cursor and notes what was asked. */
function source(pages: Readonly<Record<string, ReturnType<typeof page>>>, step = 0) {
  const asked: JsonObject[] = [];
  let time = 0;
  return {
    asked,
    now: () => (time += step),
    isWanted: () => true,
    ask: (_method: string, params: JsonObject) => {
      asked.push(params);
      return Promise.resolve(
        pages[String(params["cursor"])] ??
          frameOf({ jsonrpc: "2.0", id: 1, error: { code: -1, message: "no such page" } }),
      );
    },
  };
}

Deno.test("mergePages() joins all pages into one answer", async () => {
  const pages = source({ a: page(["2"], "b"), b: page(["3"]) });
  const whole = await mergePages(list, page(["1"], "a"), pages);
  assertEquals(whole.json()["result"], { tools: ["1", "2", "3"], other: true });
  assertEquals(pages.asked, [{ _meta: { a: 1 }, cursor: "a" }, { _meta: { a: 1 }, cursor: "b" }]);
});

Deno.test("mergePages() ends at a cursor that repeats", async () => {
  const whole = await mergePages(list, page(["1"], "a"), source({ a: page(["2"], "a") }));
  assertEquals(whole.json()["result"], { tools: ["1", "2"], other: true });
});

Deno.test("mergePages() takes an empty cursor for the last page, and asks for no page that nobody wants", async () => {
  const pages = source({ "": page(["1"]), a: page(["2"], "") });
  assertEquals((await mergePages(list, page(["1"], ""), pages)).json()["result"], {
    tools: ["1"],
    other: true,
    nextCursor: "",
  });
  assertEquals((await mergePages(list, page(["1"], "a"), pages)).json()["result"], {
    tools: ["1", "2"],
    other: true,
  });
  assertEquals(pages.asked.length, 1);
  await mergePages(list, page(["1"], "a"), { ...pages, isWanted: () => false });
  assertEquals(pages.asked.length, 1);
});

Deno.test("mergePages() keeps what it has when a page fails, with the cursor that leads on", async () => {
  const whole = await mergePages(list, page(["1"], "a"), source({ a: page(["2"], "gone") }));
  assertEquals(whole.json()["result"], { tools: ["1", "2"], other: true, nextCursor: "gone" });
});

Deno.test("mergePages() ends after its time", async () => {
  const whole = await mergePages(
    list,
    page(["1"], "a"),
    source({ a: page(["2"], "b"), b: page(["3"]) }, 15_000),
  );
  assertEquals((whole.json()["result"] as JsonObject)["nextCursor"], "b");
});

Deno.test("mergePages() keeps what it has when a page does not come in time", async () => {
  const limits: number[] = [];
  const whole = await mergePages(list, page(["1"], "a"), {
    now: () => 1000,
    isWanted: () => true,
    ask: (_method, _params, limit) => {
      limits.push(limit);
      return Promise.resolve(undefined);
    },
  });
  assertEquals(whole.json()["result"], { tools: ["1"], other: true, nextCursor: "a" });
  assertEquals(limits, [20_000]);
});

Deno.test("mergePages() takes pages of any length", async () => {
  const many = Array.from({ length: 200_000 }, (_, index) => String(index));
  const whole = await mergePages(list, page(["1"], "a"), source({ a: page(many) }));
  assertEquals(((whole.json()["result"] as JsonObject)["tools"] as unknown[]).length, 200_001);
});

Deno.test("mergePages() leaves an answer without a next page as it is", async () => {
  const first = page(["1"]);
  assertEquals(await mergePages(list, first, source({})), first);
});

Deno.test("asksForFirstPage() knows the lists and their cursors", () => {
  assertEquals(asksForFirstPage(list), true);
  assertEquals(
    asksForFirstPage(
      frameOf({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { cursor: "a" } }),
    ),
    false,
  );
  assertEquals(asksForFirstPage(frameOf({ jsonrpc: "2.0", id: 1, method: "tools/call" })), false);
});

Deno.test("mirroredHeaders() mirrors a request of the 2026-07-28 era and no other", () => {
  const _meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
  assertEquals(
    mirroredHeaders(
      frameOf({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { _meta, name: "wëather" } }),
    ),
    [
      ["mcp-protocol-version", "2026-07-28"],
      ["mcp-method", "tools/call"],
      ["mcp-name", "=?base64?d8OrYXRoZXI=?="],
    ],
  );
  assertEquals(
    mirroredHeaders(
      frameOf({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "x" } }),
    ),
    undefined,
  );
  assertEquals(
    mirroredHeaders(frameOf({ jsonrpc: "2.0", id: 1, result: { params: { _meta } } })),
    undefined,
  );
});

Deno.test("encodeHeaderValue() lets no line break, edge space or false sentinel into a header", () => {
  assertEquals(encodeHeaderValue("file:///a b.txt"), "file:///a b.txt");
  assertEquals(encodeHeaderValue("a\r\nX: y"), "=?base64?YQ0KWDogeQ==?=");
  assertEquals(encodeHeaderValue(" a"), "=?base64?IGE=?=");
  assertEquals(encodeHeaderValue("=?base64?x?="), "=?base64?PT9iYXNlNjQ/eD89?=");
});
