import type { HeaderCommand } from "../bridge/sign_in_options.ts";
import { CausewayError } from "../errors.ts";
import { ALLOWED_PROGRAMS, isAllowedProgram } from "../platform/allowed_programs.ts";
import { finishHeader, isOwnHeader } from "./header_fields.ts";

const FLAG = "--header-command";
/** The name under which users put a program of their own on the PATH. */
const OWN_PROGRAM = "causeway-credential-helper";

/**
 * Reads the values of `--header-command`, each `NAME=PROGRAM ARG...`. No message holds more of one
 * than the header's name: the rest may be a secret that was put there by mistake.
 *
 * @param others The names of the header fields that the user gives otherwise
 * @throws {CausewayError} usage
 */
export function resolveHeaderCommands(
  values: readonly string[],
  others: readonly string[],
): readonly HeaderCommand[] {
  const taken = new Map(others.map((name) => [name.toLowerCase(), "--header"]));
  return values.map((value) => {
    const equals = value.indexOf("=");
    const name = value.slice(0, equals);
    judgeName(name, taken);
    const [program, ...args] = splitWords(value.slice(equals + 1), name);
    if (program === undefined || !isAllowedProgram(program, "credentials")) {
      throw usage(
        `Cannot take the header "${name}" from that program: it is none of ${
          credentialPrograms().join(", ")
        }`,
        `any other program can stand on the PATH under the name ${OWN_PROGRAM}: write ` +
          `${FLAG} "${name}=${OWN_PROGRAM}"`,
      );
    }
    return { name, program, args };
  });
}

function judgeName(name: string, taken: Map<string, string>): void {
  finishHeader([name, ""], FLAG, () => undefined);
  if (isOwnHeader(name)) {
    throw usage(
      `Cannot use "${name}" of ${FLAG}: Causeway sets that header itself`,
      "leave it out",
    );
  }
  const other = taken.get(name.toLowerCase());
  if (other !== undefined) {
    const where = other === FLAG ? `another ${FLAG}` : "--header, --header-env or --header-file";
    throw usage(
      `Cannot take the header "${name}" from a program: ${where} gives it, too`,
      "leave out one of the two",
    );
  }
  taken.set(name.toLowerCase(), FLAG);
}

function credentialPrograms(): readonly string[] {
  return ALLOWED_PROGRAMS.filter(({ purpose }) => purpose === "credentials").map(({ name }) =>
    name
  );
}

/**
 * Splits at spaces. What stands in single or double quotes is kept together, and the quotes are
 * dropped; no other character means anything, a backslash (in paths of Windows) neither.
 */
function splitWords(text: string, name: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (const character of text) {
    if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === " ") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") {
    throw usage(
      `Cannot read the command for the header "${name}": a quote (${quote}) is not closed`,
      "put an argument that holds one kind of quote into the other kind",
    );
  }
  return word === undefined ? words : [...words, word];
}

function usage(message: string, hint: string): CausewayError {
  return new CausewayError("usage", message, { hint });
}
