import { assertEquals, assertStringIncludes } from "@std/assert";
import { resolveHeaderCommands } from "../../../src/cli/resolve_header_commands.ts";
import { causewayError } from "./fake_platform.ts";

const READ: readonly { readonly value: string; readonly words: readonly string[] }[] = [
  { value: "X=gcloud", words: ["gcloud"] },
  {
    value: "X=gcloud auth print-access-token",
    words: ["gcloud", "auth", "print-access-token"],
  },
  { value: "X=  az   account  ", words: ["az", "account"] },
  { value: "X=op read 'op://My Vault/item'", words: ["op", "read", "op://My Vault/item"] },
  { value: 'X=op read "it\'s"', words: ["op", "read", "it's"] },
  { value: "X=gcloud --format='value(x y)'z", words: ["gcloud", "--format=value(x y)z"] },
  { value: "X=pass ''", words: ["pass", ""] },
  {
    value: "X=pass $HOME `id` $(id) ;|&> * ~ a\\ b",
    words: ["pass", "$HOME", "`id`", "$(id)", ";|&>", "*", "~", "a\\", "b"],
  },
  { value: "X=vault a=b", words: ["vault", "a=b"] },
  { value: "X=aws a\tb", words: ["aws", "a\tb"] },
];

for (const { value, words } of READ) {
  Deno.test(`resolveHeaderCommands() splits ${value} at its spaces`, () => {
    const [program = "", ...args] = words;
    assertEquals(resolveHeaderCommands([value], []), [{ name: "X", program, args }]);
  });
}

for (
  const program of [
    ...["gcloud", "az", "aws", "kubectl", "coder", "gh", "op", "vault", "pass"],
    "causeway-credential-helper",
  ]
) {
  Deno.test(`resolveHeaderCommands() takes ${program}`, () => {
    assertEquals(resolveHeaderCommands([`A=${program}`], []), [{ name: "A", program, args: [] }]);
  });
}

const PROGRAMS: readonly string[] = [
  "s3cret",
  "sh -c s3cret",
  "/usr/bin/gcloud s3cret",
  "./gcloud",
  "gcloud.sh",
  "GCLOUD",
  "xdg-open",
  "secret-tool lookup s3cret",
  "powershell.exe",
  " ",
  "'' gcloud",
];

for (const program of PROGRAMS) {
  Deno.test(`resolveHeaderCommands() refuses the program of A=${program}`, async () => {
    const error = await causewayError(() => resolveHeaderCommands([`A=${program}`], []));
    assertEquals(error.code, "usage");
    assertStringIncludes(error.message, 'the header "A"');
    assertStringIncludes(error.message, "gcloud, az, aws, kubectl, coder, gh, op, vault, pass");
    assertStringIncludes(error.hint ?? "", '--header-command "A=causeway-credential-helper"');
    assertEquals(`${error.message}${error.hint}`.includes("s3cret"), false);
  });
}

const REFUSED: readonly {
  readonly values: readonly string[];
  readonly others?: readonly string[];
  readonly says: string;
}[] = [
  { values: ["A=gh 's3cret"], says: "a quote (') is not closed" },
  { values: ['A=gh "s3cret'], says: 'a quote (") is not closed' },
  { values: ["A=gh", "a=op"], says: "another --header-command gives it, too" },
  { values: ["A=gh", "A=gh"], says: "another --header-command gives it, too" },
  { values: ["A=gh"], others: ["B", "a"], says: "--header-env or --header-file gives it, too" },
  { values: ["Content-Length=gh"], says: "single connection or message" },
  { values: ["mcp-session-id=gh"], says: "Causeway sets that header itself" },
];

for (const { values, others = [], says } of REFUSED) {
  Deno.test(`resolveHeaderCommands() refuses ${values.join(", ")} beside [${others}]`, async () => {
    const error = await causewayError(() => resolveHeaderCommands(values, others));
    assertEquals(error.code, "usage");
    assertStringIncludes(error.message, says);
    assertEquals(`${error.message}${error.hint}`.includes("s3cret"), false);
  });
}
