/** The lint plugin that holds this project's own habits (see CONTRIBUTING.md); run by `deno lint`. */
import { noConsole, noDenoOutsidePlatform, noPlatformGlobals } from "./lint/ports.ts";
import { hashPrivate, namedExports } from "./lint/shape.ts";
import { maxFileLines, maxFunctionLines } from "./lint/sizes.ts";

const plugin: Deno.lint.Plugin = {
  name: "causeway",
  rules: {
    "no-deno-outside-platform": noDenoOutsidePlatform,
    "no-platform-globals": noPlatformGlobals,
    "no-console": noConsole,
    "hash-private": hashPrivate,
    "named-exports": namedExports,
    "max-file-lines": maxFileLines,
    "max-function-lines": maxFunctionLines,
  },
};

export default plugin;
