/** Members are private by `#`, which also holds at run time; a constructor has no such form. */
export const hashPrivate: Deno.lint.Rule = {
  create(context) {
    const refuse = (node: Deno.lint.Node): void => {
      context.report({
        node,
        message: "Private members are written with #",
        hint: "#name instead of private name",
      });
    };
    return {
      'PropertyDefinition[accessibility="private"]': refuse,
      'MethodDefinition[accessibility="private"][kind!="constructor"]': refuse,
      TSParameterProperty(node) {
        if (/^private\b/.test(context.sourceCode.getText(node))) refuse(node);
      },
    };
  },
};

/** Exports have names, so that one thing is called the same everywhere. */
export const namedExports: Deno.lint.Rule = {
  create(context) {
    if (context.filename.endsWith("lint_plugin.ts")) return {};
    return {
      ExportDefaultDeclaration(node) {
        context.report({ node, message: "No default exports", hint: "Export it by its name" });
      },
    };
  },
};
