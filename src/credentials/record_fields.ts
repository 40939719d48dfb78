/** A record from disk is not what it should be. */
export class DamagedRecord extends Error {
  override readonly name = "DamagedRecord";
}

/** The fields of a JSON object from disk, each read with its type. Every method throws {@linkcode DamagedRecord}. */
export class RecordFields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new DamagedRecord("it is not an object");
    }
    this.#fields = { ...value };
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value === "string" && value !== "") return value;
    throw new DamagedRecord(`its "${name}" is not a text`);
  }

  number(name: string): number {
    const value = this.#fields[name];
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new DamagedRecord(`its "${name}" is not a number`);
  }

  boolean(name: string): boolean {
    const value = this.#fields[name];
    if (typeof value === "boolean") return value;
    throw new DamagedRecord(`its "${name}" is neither true nor false`);
  }

  object(name: string): RecordFields {
    return new RecordFields(this.#fields[name]);
  }

  value(name: string): unknown {
    return this.#fields[name];
  }

  /** Those of the texts that are there; an empty one counts. */
  optionalTexts<Name extends string>(...names: readonly Name[]): { readonly [N in Name]?: string } {
    const found: { [N in Name]?: string } = {};
    for (const name of names) {
      const value = this.#fields[name];
      if (value === undefined || value === null) continue;
      if (typeof value !== "string") throw new DamagedRecord(`its "${name}" is not a text`);
      found[name] = value;
    }
    return found;
  }

  /** Those of the numbers that are there. */
  optionalNumbers<Name extends string>(
    ...names: readonly Name[]
  ): { readonly [N in Name]?: number } {
    const found: { [N in Name]?: number } = {};
    for (const name of names) {
      const value = this.#fields[name];
      if (value !== undefined && value !== null) found[name] = this.number(name);
    }
    return found;
  }

  /** The list of texts, if it is there. */
  optionalTextList(name: string): readonly string[] | undefined {
    const value = this.#fields[name];
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw new DamagedRecord(`its "${name}" is not a list`);
    return value.map((item: unknown) => {
      if (typeof item === "string") return item;
      throw new DamagedRecord(`its "${name}" holds something that is not a text`);
    });
  }
}
