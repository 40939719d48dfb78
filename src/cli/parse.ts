import { CausewayError } from "../errors.ts";
import type { ValuedFlag } from "./flags/flag.ts";
import { port } from "./flags/shapes.ts";
import { type Flag, FLAGS } from "./flags/table.ts";
import { type GivenFlag, GivenFlags, type LowArguments } from "./low_arguments.ts";
import { nearestName } from "./nearest_name.ts";

/** What the arguments ask for. */
export type ParseResult =
  | { readonly kind: "help"; readonly detail: "short" | "full" }
  | { readonly kind: "version" }
  | { readonly kind: "bridge"; readonly low: LowArguments };

const BY_SPELLING: ReadonlyMap<string, Flag> = new Map(FLAGS.flatMap((flag) => [
  [`--${flag.name}`, flag] as const,
  ...(flag.short === undefined ? [] : [[`-${flag.short}`, flag] as const]),
]));

/** For configurations in which only the command was exchanged. */
const LEFT_OVER =
  'leave out what was for npx ("-y" and "mcp-remote") and begin with the server URL';

/**
 * Reads the arguments: `<server-url> [callback-port] [flags]`, flags anywhere, `--flag value` or
 * `--flag=value`, none after `--`. A flag without value that shows something and ends (`--help`,
 * `--version`) wins over everything else, also over mistakes.
 *
 * No error text holds a header's value or an argument that may be a piece of one.
 *
 * @throws {CausewayError} usage
 */
export function parseArguments(args: readonly string[]): ParseResult {
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  if (before.includes("--help")) return { kind: "help", detail: "full" };
  if (before.includes("-h")) return { kind: "help", detail: "short" };
  if (before.includes("--version")) return { kind: "version" };

  const { given, positionals } = readInOrder(before);
  if (end >= 0) positionals.push(...args.slice(end + 1));
  refuseContradictions(given);
  return { kind: "bridge", low: { ...readPositionals(positionals), flags: new GivenFlags(given) } };
}

function readInOrder(args: readonly string[]): { given: GivenFlag[]; positionals: string[] } {
  const given: GivenFlag[] = [];
  const positionals: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    if (!argument.startsWith("-") || argument === "-") {
      positionals.push(argument);
      continue;
    }
    const equals = argument.indexOf("=");
    const spelling = equals < 0 ? argument : argument.slice(0, equals);
    const flag = BY_SPELLING.get(spelling) ?? refuseUnknown(spelling);
    const inline = equals < 0 ? undefined : argument.slice(equals + 1);
    if (flag.kind === "switch") {
      if (inline !== undefined) throw usage(`Cannot use "--${flag.name}": it takes no value`);
      given.push({ name: flag.name, value: "" });
    } else {
      const value = inline ?? valueAfter(flag, args[++index]);
      refuseMisshapen(flag, value);
      given.push({ name: flag.name, value });
    }
  }
  return { given, positionals };
}

function refuseUnknown(spelling: string): never {
  if (spelling === "-y" || spelling === "--yes") {
    throw usage(`Cannot use "${spelling}": that is a flag of npx`, { hint: LEFT_OVER });
  }
  const names = FLAGS.map((flag) => flag.name);
  const nearest = nearestName(spelling.replace(/^-+/, ""), names);
  throw usage(`Cannot use "${shown(spelling)}": there is no such flag`, {
    hint: nearest === undefined
      ? "causeway --help lists all flags"
      : `did you mean --${nearest}? causeway --help lists all flags`,
  });
}

/** An unknown flag's name, unless it is none: what follows a dash may be a piece of a secret. */
function shown(spelling: string): string {
  return /^--?[A-Za-z][A-Za-z0-9-]{0,40}$/.test(spelling) ? spelling : "-...";
}

function valueAfter(flag: ValuedFlag, next: string | undefined): string {
  if (next !== undefined && !next.startsWith("--")) return next;
  const example = `--${flag.name}=${flag.valueName}`;
  throw usage(`Cannot use "--${flag.name}": its value is missing`, {
    hint: next === undefined || next === "--"
      ? `write ${example}`
      : `write ${example} where the value itself begins with two dashes`,
  });
}

function refuseMisshapen(flag: ValuedFlag, value: string): void {
  const problem = flag.shape(value);
  if (problem === undefined) return;
  const which = flag.secret === true ? "the value" : `"${value}"`;
  throw usage(`Cannot use ${which} of "--${flag.name}": ${problem}`, {
    hint: `write --${flag.name} ${flag.valueName}; see causeway --help`,
  });
}

function refuseContradictions(given: readonly GivenFlag[]): void {
  const single = new Set(FLAGS.filter((flag) => flag.kind === "value").map((flag) => flag.name));
  const first = new Map<string, string>();
  for (const { name, value } of given) {
    if (!single.has(name)) continue;
    const earlier = first.get(name);
    if (earlier !== undefined && earlier !== value) {
      throw usage(`Cannot use "--${name}" twice: its two values differ`, {
        hint: `leave out one --${name}`,
      });
    }
    first.set(name, value);
  }
}

function readPositionals(
  positionals: readonly string[],
): { serverUrl: string; callbackPort: number | undefined } {
  const [serverUrl, callbackPort, ...rest] = positionals;
  if (serverUrl === undefined) {
    throw usage("Cannot start: there is no server URL among the arguments", {
      hint: "write causeway https://server.example/mcp; causeway --help tells more",
    });
  }
  if (/^mcp-remote(?:@[\w.^~-]+)?$/.test(serverUrl)) {
    throw usage(`Cannot use "${serverUrl}" as the server URL: it is the name of a package`, {
      hint: LEFT_OVER,
    });
  }
  // Neither is quoted: they are often the second half of a header that a client split at its space.
  const split = "where a space split one argument in two, quote it, or use --header-env NAME=VAR";
  if (rest.length > 0) {
    throw usage(
      `Cannot use ${positionals.length} arguments beside the flags: there are at most two, ` +
        "server URL and callback port",
      { hint: split },
    );
  }
  const problem = callbackPort === undefined ? undefined : port(callbackPort);
  if (problem !== undefined) {
    throw usage(`Cannot use the argument after the server URL as callback port: ${problem}`, {
      hint: split,
    });
  }
  return { serverUrl, callbackPort: callbackPort === undefined ? undefined : Number(callbackPort) };
}

function usage(message: string, options?: { readonly hint: string }): CausewayError {
  return new CausewayError("usage", message, options);
}
