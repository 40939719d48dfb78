import type { HttpClientOptions } from "../../src/platform/http_client.ts";

/** The options of a plain direct client, with some of a test's own. */
export function clientOptions(options: Partial<HttpClientOptions> = {}): HttpClientOptions {
  return {
    trustedCertificates: [],
    ipv4Only: false,
    connectTimeout: 0,
    proxyFor: () => undefined,
    ...options,
  };
}
