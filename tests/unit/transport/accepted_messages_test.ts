import { assert, assertEquals } from "@std/assert";
import { frameOf } from "../../../src/jsonrpc/message_frame.ts";
import { OpenRequests } from "../../../src/jsonrpc/open_requests.ts";
import { AcceptedMessages } from "../../../src/transport/http_sse/accepted_messages.ts";
import { PendingRequests } from "../../../src/transport/pending_requests.ts";

function accept(open: OpenRequests, messages: AcceptedMessages, id: number): void {
  open.open(String(id), { method: "tools/call", answer: () => undefined });
  const frame = frameOf({ jsonrpc: "2.0", id, method: "tools/call" });
  messages.add({ frame, pending: new PendingRequests(open, frame) });
}

Deno.test("AcceptedMessages forgets messages that have their answers", () => {
  const open = new OpenRequests();
  const messages = new AcceptedMessages();
  for (let id = 0; id < 10_000; id++) {
    accept(open, messages, id);
    open.close(String(id));
  }
  assert(messages.size < 100, `it keeps ${messages.size}`);
});

Deno.test("AcceptedMessages keeps messages that wait, however many, and gives them away together", () => {
  const open = new OpenRequests();
  const messages = new AcceptedMessages();
  for (let id = 0; id < 1000; id++) accept(open, messages, id);
  for (let id = 1000; id < 3000; id++) {
    accept(open, messages, id);
    open.close(String(id));
  }
  const waiting = [...messages.takeAll()].filter(({ pending }) => !pending.settled);
  assertEquals(waiting.length, 1000);
  assertEquals(messages.size, 0);
});
