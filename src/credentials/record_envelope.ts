import { DamagedRecord, RecordFields } from "./record_fields.ts";
import type { SealedText } from "./sealing.ts";

/** The kinds of record in the store; each has a folder of its own. */
export type RecordKind = "tokens" | "clients" | "servers" | "pending";

/** What a record is filed under: the kind, and the parts of its key in their fixed order. */
export interface RecordName {
  readonly kind: RecordKind;
  readonly key: readonly string[];
}

/** What lies in a file: a record, sealed or plain. */
export type RecordEnvelope =
  | { readonly kind: "plain"; readonly record: unknown }
  | { readonly kind: "sealed"; readonly sealed: SealedText }
  /** Written by a later version of Causeway. */
  | { readonly kind: "unknown" };

const FORMAT = 1;

/** One text for a record's name: what its file is named by and what its seal is bound to. */
export function canonicalName(name: RecordName): string {
  return JSON.stringify(["causeway", FORMAT, name.kind, ...name.key]);
}

/** The content of a file. */
export function writeEnvelope(
  name: RecordName,
  content: { readonly record: unknown } | { readonly sealed: SealedText },
): string {
  return `${JSON.stringify({ format: FORMAT, kind: name.kind, key: name.key, ...content })}\n`;
}

/**
 * Reads the content of a file that should hold the record of that name.
 * @throws {DamagedRecord} when it is something else
 */
export function readEnvelope(name: RecordName, content: string): RecordEnvelope {
  const fields = new RecordFields(parse(content));
  if (fields.number("format") !== FORMAT) return { kind: "unknown" };
  const key: unknown = fields.value("key");
  const found = JSON.stringify([fields.text("kind"), key]);
  if (found !== JSON.stringify([name.kind, name.key])) {
    throw new DamagedRecord("it belongs to something else");
  }
  if (fields.value("sealed") === undefined) {
    return { kind: "plain", record: fields.value("record") };
  }
  const sealed = fields.object("sealed");
  return {
    kind: "sealed",
    sealed: {
      keyId: sealed.text("keyId"),
      nonce: sealed.text("nonce"),
      ciphertext: sealed.text("ciphertext"),
    },
  };
}

/**
 * The key that a file claims to be for.
 * @throws {DamagedRecord}
 */
export function keyOf(content: string): readonly string[] {
  return new RecordFields(parse(content)).optionalTextList("key") ?? [];
}

/**
 * Parses JSON; unlike the runtime's own error, the one thrown quotes nothing of the content.
 * @throws {DamagedRecord}
 */
export function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new DamagedRecord("it is not JSON");
  }
}
