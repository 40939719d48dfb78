import { asObject } from "./rpc.ts";
import type { LostSessionForm } from "./behaviour.ts";
import { bodyText, type HttpExchange } from "./http_exchange.ts";
import { errorResponse } from "./rpc.ts";

const TEXT = { "content-type": "text/plain" };
const JSON_TYPE = { "content-type": "application/json" };

/** Refuses a request whose session the server does not know, in the form that some real server has. */
export async function replyLostSession(
  exchange: HttpExchange,
  form: LostSessionForm,
): Promise<void> {
  const id = idOf(exchange);
  const error = (code: number, message: string, of: string | number | null = null) =>
    JSON.stringify(errorResponse(of, code, message));
  switch (form) {
    case "404":
      return await exchange.reply(404, TEXT, "Not Found");
    case "404-json-rpc":
      return await exchange.reply(404, JSON_TYPE, error(-32001, "Session not found"));
    case "400-text":
      return await exchange.reply(400, TEXT, "No valid session ID");
    case "400-not-initialized":
      return await exchange.reply(
        400,
        JSON_TYPE,
        error(-32000, "Bad Request: Server not initialized"),
      );
    case "401-unknown-session":
      return await exchange.reply(401, TEXT, "unknown session");
    case "200-invalid-request":
      return await exchange.reply(200, JSON_TYPE, error(-32600, "Invalid session", id));
    case "200-server-error":
      return await exchange.reply(200, JSON_TYPE, error(-32000, "Session not found", id));
  }
}

function idOf(exchange: HttpExchange): string | number | null {
  if (exchange.request.method !== "POST") return null;
  const id = asObject(JSON.parse(bodyText(exchange.request)))?.["id"];
  return typeof id === "string" || typeof id === "number" ? id : null;
}
