import { assertEquals } from "@std/assert";
import { errorFrame, resultFrame } from "../../../src/jsonrpc/error_frame.ts";
import type { Frame } from "../../../src/jsonrpc/frame.ts";
import { readFrame } from "../../../src/jsonrpc/message_frame.ts";
import { OpenRequests } from "../../../src/jsonrpc/open_requests.ts";
import { canonicalId } from "../../../src/jsonrpc/request_id.ts";
import { cancelledId } from "../../../src/mcp/cancelled_id.ts";

function opened(...ids: string[]): { open: OpenRequests; answers: string[] } {
  const open = new OpenRequests();
  const answers: string[] = [];
  const answer = (response: Frame) => {
    answers.push(new TextDecoder().decode(response.bytes));
    return undefined;
  };
  for (const id of ids) open.open(id, { method: "m", answer });
  return { open, answers };
}

Deno.test("OpenRequests settles a request once and drops what comes later", () => {
  const { open, answers } = opened("1");
  open.settle(resultFrame("1", { first: true }));
  open.settle(resultFrame("1", { second: true }));
  open.fail("1", { code: -1, message: "third" });
  assertEquals(answers, ['{"jsonrpc":"2.0","id":1,"result":{"first":true}}']);
  assertEquals(open.size, 0);
});

Deno.test("OpenRequests answers nothing with an error whose id is null", () => {
  const { open, answers } = opened("1");
  open.settle(errorFrame(undefined, { code: -1, message: "m" }));
  assertEquals([answers, open.size], [[], 1]);
});

Deno.test("OpenRequests drops the late answer of a cancelled request", () => {
  const { open, answers } = opened("1");
  open.close("1");
  open.settle(resultFrame("1", {}));
  assertEquals(answers, []);
});

Deno.test("OpenRequests tells the number 1 from the text 1 when both are open", () => {
  const { open, answers } = opened("1", '"1"');
  open.settle(resultFrame('"1"', {}));
  assertEquals(answers, ['{"jsonrpc":"2.0","id":"1","result":{}}']);
});

Deno.test("OpenRequests takes an id that changed its type on the way for the one request it can mean", () => {
  const { open, answers } = opened("1");
  open.settle(resultFrame('"1"', {}));
  assertEquals(answers, ['{"jsonrpc":"2.0","id":1,"result":{}}']);
});

Deno.test("OpenRequests takes a rounded large id for the request it can mean", () => {
  const { open, answers } = opened("12345678901234567890");
  open.settle(resultFrame("12345678901234567000", {}));
  assertEquals(answers, ['{"jsonrpc":"2.0","id":12345678901234567890,"result":{}}']);
});

Deno.test("OpenRequests refuses a second request under an open id", () => {
  const { open } = opened("1");
  assertEquals(open.open("1", { method: "n", answer: () => undefined }), false);
  assertEquals(open.get("1")?.method, "m");
});

Deno.test("OpenRequests.whenDone() resolves by an answer, by closing, and at once for an unknown id", async () => {
  const { open } = opened("1", "2");
  const done = Promise.all([open.whenDone("1"), open.whenDone("2"), open.whenDone("3")]);
  open.settle(resultFrame("1", {}));
  open.close("2");
  await done;
});

Deno.test("OpenRequests takes no exact large id for another one that would round to the same", () => {
  const { open, answers } = opened("1234567890123456790");
  open.settle(resultFrame("1234567890123456789", {}));
  assertEquals([answers, open.size], [[], 1]);
  open.settle(resultFrame("1234567890123456768", {}));
  assertEquals(answers, ['{"jsonrpc":"2.0","id":1234567890123456790,"result":{}}']);
});

Deno.test("OpenRequests answers a request whose id is beyond the range of numbers", () => {
  const id = canonicalId("1e400") ?? "";
  const { open, answers } = opened(id);
  open.fail(id, { code: -1, message: "m" });
  assertEquals(answers, ['{"jsonrpc":"2.0","id":1e400,"error":{"code":-1,"message":"m"}}']);
});

Deno.test("cancelledId() keeps every digit of an id, and finds none elsewhere", () => {
  const read = (text: string) => cancelledId(readFrame(new TextEncoder().encode(text)));
  const cancelled = (params: string) =>
    read(`{"method":"notifications/cancelled","params":${params}}`);
  assertEquals(
    cancelled('{"a":{"requestId":1},"requestId":1234567890123456789}'),
    "1234567890123456789",
  );
  assertEquals(cancelled('{"requestId":"\\u0061"}'), '"a"');
  for (const params of ["{}", "[7]", '{"requestId":null}', '{"requestId":{}}']) {
    assertEquals(cancelled(params), undefined);
  }
  assertEquals(read('{"method":"notifications/cancelled"}'), undefined);
  assertEquals(read('{"method":"notifications/progress","params":{"requestId":1}}'), undefined);
});
