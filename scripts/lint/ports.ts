import { isPlatform, isProgram, isUnderSrc } from "./source_path.ts";

/** `Deno` is named only in `src/platform/` (and by `main.ts`, which exits the process). */
export const noDenoOutsidePlatform: Deno.lint.Rule = {
  create(context) {
    if (!isUnderSrc(context.filename) || isPlatform(context.filename)) return {};
    return {
      'Identifier[name="Deno"]'(node: Deno.lint.Identifier) {
        context.report({
          node,
          message: "Only src/platform names Deno",
          hint: "Use a port of src/platform, handed in by src/cli/compose.ts",
        });
      },
    };
  },
};

/** Timers, `fetch` and `process` come from ports, so that tests can replace them. */
export const noPlatformGlobals: Deno.lint.Rule = {
  create(context) {
    if (!isUnderSrc(context.filename) || isPlatform(context.filename)) return {};
    return {
      "CallExpression > Identifier[name=/^(fetch|setTimeout|setInterval)$/]"(
        node: Deno.lint.Identifier,
      ) {
        const call = node.parent;
        if (call.type !== "CallExpression" || call.callee !== node) return;
        context.report({
          node,
          message: `${node.name}() stands behind a port of src/platform`,
          hint: "Take a Clock or an HttpClient as an argument",
        });
      },
    };
  },
};

/** The program writes by its logger and its line writer; a stray line on stdout breaks the protocol. */
export const noConsole: Deno.lint.Rule = {
  create(context) {
    if (!isProgram(context.filename)) return {};
    return {
      'MemberExpression > Identifier[name="console"]'(node: Deno.lint.Identifier) {
        context.report({
          node,
          message: "The program does not use console",
          hint: "Use the Logger; stdout carries JSON-RPC only",
        });
      },
    };
  },
};
