/** Settings that make programs read certificates at their start or go through a proxy. */
const LEFT_OUT = /^((https?|all|no)_proxy|NODE_.*|SSL_CERT_.*|DENO_.*)$/i;

/** The environment of a machine without settings for certificates and proxies. */
export function cleanEnvironment(more: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(Deno.env.toObject()).filter(([name]) => !LEFT_OUT.test(name));
  return { ...Object.fromEntries(kept), ...more };
}
