import type { Shape } from "./shapes.ts";

/** The commands of the program; flags say which of them they belong to. */
export type CommandName = "bridge";

/** The heading under which the help lists a flag. */
export type FlagCategory =
  | "connection"
  | "headers"
  | "messages"
  | "certificates"
  | "sign-in"
  | "output";

interface FlagBase {
  /** Without the leading dashes. */
  readonly name: string;
  /** A one-letter spelling, without its dash. */
  readonly short?: string;
  readonly category: FlagCategory;
  readonly commands: readonly CommandName[];
  /** One line for the short help, without a final period. */
  readonly doc: string;
  /** Whole sentences for the full help. */
  readonly longDoc: string;
}

/** A flag that is given or not. */
export interface SwitchFlag extends FlagBase {
  readonly kind: "switch";
}

/**
 * A flag with a value: `value` is given once (the same value again does no harm), `repeatable` any
 * number of times.
 */
export interface ValuedFlag extends FlagBase {
  readonly kind: "value" | "repeatable";
  /** How the help calls the value. */
  readonly valueName: string;
  readonly shape: Shape;
  /** The value may hold a credential: no error text shows it. */
  readonly secret?: true;
}

/** One row of the table of flags. There are no other kinds: a flag takes one value or none. */
export type FlagDefinition = SwitchFlag | ValuedFlag;
