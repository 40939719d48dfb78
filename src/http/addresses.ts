/** Whether the host of a URL is this machine: `localhost`, `*.localhost`, 127.0.0.0/8 or `::1`. */
export function isLoopback(url: URL): boolean {
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  // The URL parser has turned every other spelling of an IPv4 address into four decimals.
  if (/^127\.[0-9]+\.[0-9]+\.[0-9]+$/.test(host)) return true;
  return host === "[::1]";
}

/** The URL as it may be shown and logged: without its query, where servers expect keys. */
export function displayUrl(url: URL): string {
  return url.search === "" ? url.href : `${url.origin}${url.pathname}?...`;
}
