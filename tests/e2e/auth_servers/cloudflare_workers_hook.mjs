// Stands in for the one module of Cloudflare's runtime that the provider imports.
const SOURCE =
  "export class WorkerEntrypoint { constructor(ctx, env) { this.ctx = ctx; this.env = env; } }";

/** A module resolution hook of Node. */
export function resolve(specifier, context, next) {
  return specifier === "cloudflare:workers"
    ? { url: `data:text/javascript,${encodeURIComponent(SOURCE)}`, shortCircuit: true }
    : next(specifier, context);
}
