import { cutText, escapeText } from "./escape_text.ts";
import type { LogFields } from "./logger.ts";
import { REDACTED, type Redactor } from "./redact.ts";
import { isSensitiveHeader, isSensitiveMember } from "./sensitive_names.ts";

/** The most of one message or field that is shown, in characters. */
const LONGEST_TEXT = 2000;
/** The most that is looked at: what follows is cut before the costly steps. */
const LONGEST_LOOKED_AT = 64 * 1024;

/** A message and its fields as one line without secrets and without unsafe characters. */
export function logLine(message: string, fields: LogFields, redactor: Redactor): string {
  const parts = [shownText(message, redactor)];
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) parts.push(`${name}=${shownField(name, value, redactor)}`);
  }
  return parts.join(" ");
}

/** Text from anywhere as it may be shown: secrets out first, so that no cut hides their shape. */
export function shownText(text: string, redactor: Redactor): string {
  const redacted = redactor.redact(text.slice(0, LONGEST_LOOKED_AT));
  return cutText(escapeText(redacted), LONGEST_TEXT);
}

function shownField(
  name: string,
  value: string | number | boolean,
  redactor: Redactor,
): string {
  if (typeof value !== "string") return String(value);
  if (isSensitiveField(name)) return REDACTED;
  const text = shownText(value, redactor);
  return /^[A-Za-z0-9_.:/@[\]-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`;
}

/** Names with a dash are header names: of those, the doubtful ones are kept back too. */
function isSensitiveField(name: string): boolean {
  return isSensitiveMember(name) || (name.includes("-") && isSensitiveHeader(name));
}
