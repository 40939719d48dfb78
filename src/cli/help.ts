import type { FlagCategory, FlagDefinition } from "./flags/flag.ts";
import { FLAGS } from "./flags/table.ts";

/** The most columns that the help takes. */
const COLUMNS = 100;
/** Where the descriptions of the short help begin. */
const DESCRIPTION_COLUMN = 30;

const HEADINGS: Readonly<Record<FlagCategory, string>> = {
  connection: "Connection",
  headers: "Headers",
  messages: "Messages",
  certificates: "Certificates",
  "sign-in": "Sign-in",
  output: "Output",
};

const INTRODUCTION = `Usage: causeway <server-url> [callback-port] [flags]

Joins an MCP client that only starts local (stdio) servers to a remote MCP server.

Arguments:
  server-url     The server's endpoint: https, or http to this machine
  callback-port  The port for a sign-in's redirect

Flags stand anywhere; --flag=value works too; what follows -- is no flag.
`;

const ENVIRONMENT = `Environment:
  MCP_REMOTE_CONFIG_DIR                        Folder of credentials and logs (default ~/.mcp-auth)
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY Proxies
  NODE_EXTRA_CA_CERTS, SSL_CERT_FILE           More certificates to trust

Exit codes:
  0 the client is done   1 internal error   2 wrong usage   3 server unreachable
  4 sign-in failed   5 incompatible server   6 a local file is at fault
  129, 130, 143 ended by SIGHUP, SIGINT, SIGTERM
`;

/** The help text, made from the table of flags. */
export function helpText(detail: "short" | "full"): string {
  const sections = Object.entries(HEADINGS).flatMap(([category, heading]) => {
    const flags = FLAGS.filter((flag) => flag.category === category);
    if (flags.length === 0) return [];
    return [`${heading}:\n${flags.map((flag) => describe(flag, detail)).join("")}`];
  });
  return [INTRODUCTION, ...sections, ENVIRONMENT].join("\n");
}

function describe(flag: FlagDefinition, detail: "short" | "full"): string {
  const spelling = `  ${spellings(flag)}`;
  if (detail === "full") {
    const lines = wrap(flag.longDoc, COLUMNS - 6).map((line) => `      ${line}\n`);
    return `${spelling}\n${lines.join("")}`;
  }
  const indent = " ".repeat(DESCRIPTION_COLUMN);
  const lines = wrap(flag.doc, COLUMNS - DESCRIPTION_COLUMN);
  if (spelling.length > DESCRIPTION_COLUMN - 2) lines.unshift(spelling);
  else lines[0] = spelling.padEnd(DESCRIPTION_COLUMN) + (lines[0] ?? "");
  return lines.map((line, index) => `${index === 0 ? "" : indent}${line}\n`).join("");
}

function spellings(flag: FlagDefinition): string {
  const short = flag.short === undefined ? "" : `-${flag.short}, `;
  return `${short}--${flag.name}${flag.kind === "switch" ? "" : ` ${flag.valueName}`}`;
}

/** Breaks text between words into lines of at most `width` characters. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
