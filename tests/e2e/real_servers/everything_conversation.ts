import type { JsonObject } from "../../../src/jsonrpc/frame.ts";
import { member } from "../../support/fake_server/rpc.ts";
import type { SdkSession } from "../../support/sdk_session.ts";

/** One thing that a client does, and what came of it. */
export type Step = readonly [name: string, outcome: unknown];

const TEXT_URI = "demo://resource/dynamic/text/1";
const SUM = { a: 2, b: 40 };

/** Uses every feature of `server-everything`; the outcome of each step, in order. */
export async function converse(session: SdkSession): Promise<readonly Step[]> {
  return [
    ["introduction", session.introduction],
    ["ping", await session.request("ping")],
    ...await useTools(session),
    ...await useClientFeatures(session),
    ...await useResources(session),
    ...await usePrompts(session),
    ...await useLogging(session),
    ["an unknown method", await session.request("acme/unheard-of", { a: 1 })],
  ];
}

async function useTools(session: SdkSession): Promise<readonly Step[]> {
  const progress = { progressToken: "the-token" };
  return [
    ["tools/list", await session.request("tools/list")],
    ["echo", await session.call("echo", { message: "h\u00e9llo \u2028 \u{1f600}" })],
    ["get-sum", await session.call("get-sum", SUM)],
    ["get-tiny-image", await session.call("get-tiny-image")],
    [
      "get-structured-content",
      await session.call("get-structured-content", { location: "Chicago" }),
    ],
    [
      "get-annotated-message",
      await session.call("get-annotated-message", { messageType: "error", includeImage: true }),
    ],
    ["get-resource-links", await session.call("get-resource-links", { count: 3 })],
    [
      "get-resource-reference",
      await session.call("get-resource-reference", { resourceType: "Text", resourceId: 3 }),
    ],
    [
      "trigger-long-running-operation",
      await session.call("trigger-long-running-operation", { duration: 0.1, steps: 4 }, progress),
    ],
    ["progress", await session.notified("notifications/progress", 4)],
    ["an unknown tool", await session.call("no-such-tool")],
    ["bad arguments", await session.call("get-sum", { a: "two" })],
  ];
}

async function useClientFeatures(session: SdkSession): Promise<readonly Step[]> {
  const sampling = { prompt: "What is it?", maxTokens: 20 };
  return [
    ["sampling", await session.call("trigger-sampling-request", sampling)],
    ["elicitation", await session.call("trigger-elicitation-request")],
    ["roots", await session.call("get-roots-list")],
    ["what the server asked", [...new Set(session.asked)].sort()],
  ];
}

async function useResources(session: SdkSession): Promise<readonly Step[]> {
  const listed = await session.request("resources/list");
  const first = String(member(listed, "resources", "0", "uri") ?? firstUri(listed));
  return [
    ["resources/list", listed],
    ["resources/templates/list", await session.request("resources/templates/list")],
    ["resources/read of a document", await session.request("resources/read", { uri: first })],
    ["resources/read of text", await session.request("resources/read", { uri: TEXT_URI })],
    [
      "resources/read of bytes",
      await session.request("resources/read", { uri: "demo://resource/dynamic/blob/2" }),
    ],
    [
      "resources/read of nothing",
      await session.request("resources/read", { uri: "demo://nothing/there" }),
    ],
    ["resources/subscribe", await session.request("resources/subscribe", { uri: TEXT_URI })],
    ["toggle-subscriber-updates", await session.call("toggle-subscriber-updates")],
    ["resources/updated", await session.notified("notifications/resources/updated")],
    ["resources/unsubscribe", await session.request("resources/unsubscribe", { uri: TEXT_URI })],
    ["no more updates", await session.call("toggle-subscriber-updates")],
  ];
}

function firstUri(listed: JsonObject): unknown {
  const resources = listed["resources"];
  return Array.isArray(resources) ? member(resources[0], "uri") : undefined;
}

async function usePrompts(session: SdkSession): Promise<readonly Step[]> {
  const ref = { type: "ref/prompt", name: "completable-prompt" };
  const get = async (name: string, given: JsonObject): Promise<JsonObject> =>
    await session.request("prompts/get", { name, arguments: given });
  return [
    ["prompts/list", await session.request("prompts/list")],
    ["simple-prompt", await get("simple-prompt", {})],
    ["args-prompt", await get("args-prompt", { city: "Z\u00fcrich", state: "ZH" })],
    ["args-prompt without arguments", await get("args-prompt", {})],
    [
      "resource-prompt",
      await get("resource-prompt", { resourceType: "Text", resourceId: "1" }),
    ],
    [
      "completion of the first argument",
      await session.request("completion/complete", {
        ref,
        argument: { name: "department", value: "S" },
      }),
    ],
    [
      "completion with context",
      await session.request("completion/complete", {
        ref,
        argument: { name: "name", value: "" },
        context: { arguments: { department: "Sales" } },
      }),
    ],
  ];
}

async function useLogging(session: SdkSession): Promise<readonly Step[]> {
  const levelSet = await session.request("logging/setLevel", { level: "debug" });
  const before = session.notifications.length;
  const started = await session.call("toggle-simulated-logging");
  await session.notified("notifications/message");
  const stopped = await session.call("toggle-simulated-logging");
  // Which level it logs at is up to chance.
  const heard = session.notifications.slice(before).map((one) => one["method"]);
  return [
    ["logging/setLevel", levelSet],
    ["toggle-simulated-logging", started],
    ["a log message", heard.includes("notifications/message")],
    ["toggle-simulated-logging again", stopped],
  ];
}

/** An outcome without what differs from session to session: session ids, times of day. */
export function withoutChance(value: unknown): unknown {
  if (typeof value === "string") return plain(value);
  if (Array.isArray(value)) return value.map(withoutChance);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, one]) => {
    const decoded = name === "blob" && typeof one === "string" ? atob(one) : one;
    return [name, withoutChance(decoded)];
  });
  return Object.fromEntries(entries);
}

function plain(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, "<uuid>")
    .replace(/\d{1,2}:\d{2}:\d{2}(?: [AP]M)?/g, "<time>");
}
