import type { FlagDefinition } from "./flag.ts";
import { headerCommand, headerField, headerVariable, someText } from "./shapes.ts";

/** HTTP headers of the user's own. They go to the server's origin and to no other. */
export const HEADER_FLAGS = [
  {
    name: "header",
    kind: "repeatable",
    valueName: "NAME:VALUE",
    category: "headers",
    commands: ["bridge"],
    shape: headerField,
    secret: true,
    doc: "Send this header with each request to the server",
    longDoc:
      "Send this header with each request to the server, and to no other origin. ${VAR} in " +
      "the value stands for the environment variable VAR, which must be set. Of two with the " +
      "same name the later counts. Other users of the machine can see arguments: for secrets " +
      "take ${VAR}, --header-env or --header-file.",
  },
  {
    name: "header-env",
    kind: "repeatable",
    valueName: "NAME=VAR",
    category: "headers",
    commands: ["bridge"],
    shape: headerVariable,
    doc: "Send the header NAME with the value of the environment variable VAR",
    longDoc: "Send the header NAME with the value of the environment variable VAR, which must be " +
      "set. Made for clients that mangle spaces and quotes in arguments.",
  },
  {
    name: "header-file",
    kind: "repeatable",
    valueName: "PATH",
    category: "headers",
    commands: ["bridge"],
    shape: someText,
    doc: "Send the headers in this file: one `Name: value` a line, # for comments",
    longDoc:
      "Send the headers in this file: one `Name: value` a line; empty lines and lines that " +
      "begin with # do not count; ${VAR} as in --header. A file that cannot be read is an error. " +
      "When it changes, it is read again.",
  },
  {
    name: "header-command",
    kind: "repeatable",
    valueName: "NAME=PROGRAM",
    category: "headers",
    commands: ["bridge"],
    shape: headerCommand,
    secret: true,
    doc: "Send the header NAME with what the program prints",
    longDoc:
      "Send the header NAME with what the program prints: the first line, or the token of a JSON " +
      "object; a bare token for Authorization gets the scheme Bearer. Arguments follow the " +
      "program after spaces and may be quoted; there is no shell. It is run before the first " +
      "request, when the value expires, and once when the server answers 401. Programs: gcloud, " +
      "az, aws, kubectl, coder, gh, op, vault, pass, or any of your own that is on the PATH as " +
      "causeway-credential-helper.",
  },
] as const satisfies readonly FlagDefinition[];
