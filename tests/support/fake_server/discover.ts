import type { JsonObject } from "../../../src/jsonrpc/frame.ts";
import type { DiscoverForm } from "./behaviour.ts";
import type { HttpExchange } from "./http_exchange.ts";
import { errorResponse } from "./rpc.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** Refuses `server/discover` the way a server of the legacy era does. */
export async function refuseDiscover(
  exchange: HttpExchange,
  message: JsonObject,
  form: DiscoverForm,
): Promise<void> {
  const id = message["id"] ?? null;
  const unknown = JSON.stringify(errorResponse(id, -32601, "Method not found"));
  switch (form) {
    case "method-not-found":
      return await exchange.reply(200, JSON_TYPE, unknown);
    case "method-not-found-404":
      return await exchange.reply(404, JSON_TYPE, unknown);
    case "400-text":
      return await exchange.reply(400, { "content-type": "text/plain" }, "No valid session ID");
    case "400-not-initialized": {
      const error = errorResponse(null, -32000, "Bad Request: Server not initialized");
      return await exchange.reply(400, JSON_TYPE, JSON.stringify(error));
    }
    case "400-unsupported-version": {
      const said = "Bad Request: Unsupported protocol version: 2026-07-28";
      const error = errorResponse(null, -32000, said);
      return await exchange.reply(400, JSON_TYPE, JSON.stringify(error));
    }
  }
}
