import type { FlagDefinition } from "./flag.ts";
import { someText } from "./shapes.ts";

/** What is changed in the messages that pass. */
export const MESSAGE_FLAGS = [
  {
    name: "ignore-tool",
    kind: "repeatable",
    valueName: "PATTERN",
    category: "messages",
    commands: ["bridge"],
    shape: someText,
    doc: "Hide the tools that match, and refuse calls of them",
    longDoc:
      "Hide the tools whose names match, and refuse calls of them. In the pattern, * stands " +
      "for any text; upper and lower case are one. Quote it, so that no shell expands it.",
  },
  {
    name: "allow-tool",
    kind: "repeatable",
    valueName: "PATTERN",
    category: "messages",
    commands: ["bridge"],
    shape: someText,
    doc: "Hide all tools but those that match",
    longDoc: "Hide all tools but those whose names match one of these patterns, written as for " +
      "--ignore-tool. What --ignore-tool hides stays hidden.",
  },
  {
    name: "merge-pages",
    kind: "switch",
    category: "messages",
    commands: ["bridge"],
    doc: "Answer lists whole, for clients that read only the first page",
    longDoc:
      "Follow the pages of tools, prompts and resources and answer with the whole list, for " +
      "clients that read only the first page.",
  },
] as const satisfies readonly FlagDefinition[];
