import { assert, assertEquals } from "@std/assert";
import {
  ALLOWED_PROGRAMS,
  allowedPrograms,
  isAllowedProgram,
} from "../../../src/platform/allowed_programs.ts";

Deno.test("allowedPrograms() names what each system needs and nothing else", () => {
  const credentials = [
    "gcloud",
    "az",
    "aws",
    "kubectl",
    "coder",
    "gh",
    "op",
    "vault",
    "pass",
    "causeway-credential-helper",
  ];
  assertEquals(allowedPrograms("linux"), [
    "xdg-open",
    "wslview",
    "rundll32.exe",
    "secret-tool",
    ...credentials,
  ]);
  assertEquals(allowedPrograms("macos"), ["/usr/bin/open", "/usr/bin/security", ...credentials]);
  assertEquals(allowedPrograms("windows"), ["rundll32.exe", "powershell.exe", ...credentials]);
});

Deno.test("ALLOWED_PROGRAMS holds no shell and no name that the build's list could not carry", () => {
  for (const { name } of ALLOWED_PROGRAMS) {
    assert(/^[A-Za-z0-9./_-]+$/.test(name), name);
    assert(!/(^|\/)(sh|bash|zsh|cmd|cmd\.exe|env|node|deno)$/.test(name), name);
  }
});

Deno.test("isAllowedProgram() takes names as they are, and none for a purpose that is not its own", () => {
  assert(isAllowedProgram("xdg-open"));
  assert(isAllowedProgram("gh", "credentials"));
  for (const name of ["sh", "", "XDG-OPEN", "/usr/bin/xdg-open", "gh ", "gh\0", "open", "./gh"]) {
    assert(!isAllowedProgram(name), name);
  }
  for (const name of ["powershell.exe", "/usr/bin/security", "secret-tool", "xdg-open"]) {
    assert(!isAllowedProgram(name, "credentials"), name);
  }
});
