import { CERTIFICATE_FLAGS } from "./certificates.ts";
import { CLIENT_FLAGS } from "./client.ts";
import { CONNECTION_FLAGS } from "./connection.ts";
import type { FlagDefinition } from "./flag.ts";
import { HEADER_FLAGS } from "./headers.ts";
import { MESSAGE_FLAGS } from "./messages.ts";
import { OUTPUT_FLAGS } from "./output.ts";
import { SIGN_IN_FLAGS } from "./sign_in.ts";

const ROWS = [
  ...CONNECTION_FLAGS,
  ...HEADER_FLAGS,
  ...MESSAGE_FLAGS,
  ...CERTIFICATE_FLAGS,
  ...SIGN_IN_FLAGS,
  ...CLIENT_FLAGS,
  ...OUTPUT_FLAGS,
] as const;

type Row = (typeof ROWS)[number];

/** The name of a flag in the table. */
export type FlagName = Row["name"];
/** The name of a flag without a value. */
export type SwitchName = Extract<Row, { kind: "switch" }>["name"];
/** The name of a flag with one value. */
export type ValueName = Extract<Row, { kind: "value" }>["name"];
/** The name of a flag with any number of values. */
export type RepeatableName = Extract<Row, { kind: "repeatable" }>["name"];

/** A row of the table, as the parser reads it. */
export type Flag = FlagDefinition & { readonly name: FlagName };

/**
 * Every flag there is: all of mcp-remote 0.15.1, with the same meaning, and Causeway's own. Parser,
 * help and tests read this table and nothing else.
 */
export const FLAGS: readonly Flag[] = ROWS;
