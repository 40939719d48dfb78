import type { OpenRequests } from "../../../src/jsonrpc/open_requests.ts";
import type { HttpClient } from "../../../src/platform/http_client.ts";
import type { TransportContext } from "../../../src/transport/transport.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryLogger } from "../../support/memory_logger.ts";

/** What a binding needs, over a client of the test's own. */
export function transportContext(open: OpenRequests, http: HttpClient): TransportContext {
  return {
    url: new URL("http://127.0.0.1:1/mcp"),
    http,
    clock: new FakeClock(),
    logger: new MemoryLogger(),
    open,
    deliver: () => undefined,
    timeouts: { headers: 0, body: 0, listening: 0, start: 0 },
    isSigningIn: () => false,
    maxMessageBytes: 1024,
    redact: (text) => text,
    random: () => 0.5,
  };
}
