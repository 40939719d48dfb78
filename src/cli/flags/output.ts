import type { FlagDefinition } from "./flag.ts";

/** What is said to people. */
export const OUTPUT_FLAGS = [
  {
    name: "debug",
    kind: "switch",
    category: "output",
    commands: ["bridge"],
    doc: "Write a detailed log file, without secrets",
    longDoc: "Write a detailed log to <hash of the server URL>_debug.log in the folder " +
      "MCP_REMOTE_CONFIG_DIR (default ~/.mcp-auth). Secrets are left out, and only you can read it.",
  },
  {
    name: "silent",
    kind: "switch",
    category: "output",
    commands: ["bridge"],
    doc: "Say nothing but errors and what you must act on",
    longDoc:
      "Say nothing on standard error but errors and what you must act on yourself, such as " +
      "the link of a sign-in.",
  },
  {
    name: "help",
    short: "h",
    kind: "switch",
    category: "output",
    commands: ["bridge"],
    doc: "Show this help (-h: in short)",
    longDoc: "Show this help; -h shows it in short.",
  },
  {
    name: "version",
    kind: "switch",
    category: "output",
    commands: ["bridge"],
    doc: "Show the version",
    longDoc: "Show the version.",
  },
] as const satisfies readonly FlagDefinition[];
