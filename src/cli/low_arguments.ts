import type { FlagName, RepeatableName, SwitchName, ValueName } from "./flags/table.ts";

/** One flag as it was given. */
export interface GivenFlag {
  readonly name: FlagName;
  /** Empty for a switch. */
  readonly value: string;
}

/** The flags that were given, in their order. */
export class GivenFlags {
  readonly #given: readonly GivenFlag[];

  constructor(given: readonly GivenFlag[]) {
    this.#given = given;
  }

  /** Whether the switch was given. */
  has(name: SwitchName): boolean {
    return this.#given.some((flag) => flag.name === name);
  }

  /** The flag's value; `undefined` when it was not given. */
  value(name: ValueName): string | undefined {
    return this.#given.find((flag) => flag.name === name)?.value;
  }

  /** All values of the flag. */
  all(name: RepeatableName): readonly string[] {
    return this.#given.filter((flag) => flag.name === name).map((flag) => flag.value);
  }

  /** The given flags among these names, in the order of the arguments. */
  inOrder(...names: readonly RepeatableName[]): readonly GivenFlag[] {
    return this.#given.filter((flag) => (names as readonly string[]).includes(flag.name));
  }
}

/**
 * What was typed, and no more: each value has its flag's shape, nothing was read from files or the
 * environment.
 */
export interface LowArguments {
  /** The server URL as given, not yet judged. */
  readonly serverUrl: string;
  readonly callbackPort: number | undefined;
  readonly flags: GivenFlags;
}
