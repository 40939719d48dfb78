import { isProgram } from "./source_path.ts";

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 60;

/** A file of the program holds one thing that can be read at one sitting. */
export const maxFileLines: Deno.lint.Rule = {
  create(context) {
    if (!isProgram(context.filename)) return {};
    return {
      Program(node) {
        const lines = lineCount(context.sourceCode.text.trimEnd());
        if (lines <= MAX_FILE_LINES) return;
        context.report({
          node,
          message: `The file has ${lines} lines; at most ${MAX_FILE_LINES} are allowed`,
          hint: "Split it by what changes together",
        });
      },
    };
  },
};

/** A function of the program fits on a screen. */
export const maxFunctionLines: Deno.lint.Rule = {
  create(context) {
    if (!isProgram(context.filename)) return {};
    const measure = (node: Deno.lint.Node): void => {
      const lines = lineCount(context.sourceCode.getText(node));
      if (lines <= MAX_FUNCTION_LINES) return;
      context.report({
        node,
        message: `The function has ${lines} lines; at most ${MAX_FUNCTION_LINES} are allowed`,
        hint: "Give a part of it a name of its own",
      });
    };
    return {
      FunctionDeclaration: measure,
      FunctionExpression: measure,
      ArrowFunctionExpression: measure,
    };
  },
};

function lineCount(text: string): number {
  return text.split("\n").length;
}
