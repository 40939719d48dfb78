export const INITIALIZE = "initialize";
export const INITIALIZED = "notifications/initialized";
export const CANCELLED = "notifications/cancelled";
export const PROGRESS = "notifications/progress";
export const DISCOVER = "server/discover";
export const PING = "ping";
export const TOOLS_LIST = "tools/list";
export const TOOLS_CALL = "tools/call";

/**
 * Messages that change nothing, or nothing twice: they may be sent again when their fate is unknown.
 * `tools/call`, `sampling/createMessage` and every method that Causeway does not know may not.
 */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  INITIALIZE,
  INITIALIZED,
  CANCELLED,
  PING,
  DISCOVER,
  TOOLS_LIST,
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "prompts/list",
  "prompts/get",
  "completion/complete",
  "logging/setLevel",
  "tasks/list",
  "tasks/get",
]);

/** Whether a message with this method may be sent again when the server may have executed it. */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** The member of a list result that holds the items, by the method that asks for the list. */
export const LISTED_MEMBER: Readonly<Record<string, string>> = {
  [TOOLS_LIST]: "tools",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
  "prompts/list": "prompts",
};
