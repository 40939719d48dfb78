import { CausewayError } from "../errors.ts";
import { displayUrl, isLoopback } from "../http/addresses.ts";

/**
 * Judges the server URL: `https`, or `http` to this machine or with `--allow-http`; no user
 * information, no fragment. A text that may hold a credential is not quoted in the error.
 *
 * @throws {CausewayError} usage
 */
export function parseServerUrl(text: string, allowHttp: boolean): URL {
  const url = URL.parse(text);
  // deno-lint-ignore no-control-regex -- the URL parser drops these silently, wherever they stand
  if (url === null || /[\x00-\x1f\x7f]/.test(text)) {
    throw usage(`Cannot use ${quoted(text)} as the server URL: it is not a URL`, schemeHint(text));
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw usage(
      `Cannot use ${quoted(text)} as the server URL: it begins with neither https nor http`,
      schemeHint(text),
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw usage(
      `Cannot use the server URL with host "${url.host}": it holds a user name or password`,
      'pass it as a header instead: --header "Authorization:Basic ${CREDENTIALS}"',
    );
  }
  if (text.includes("#")) {
    throw usage(
      `Cannot use "${displayUrl(withoutFragment(url))}" as the server URL: it has a fragment (#)`,
      "leave out # and what follows it",
    );
  }
  if (url.protocol === "http:" && !allowHttp && !isLoopback(url)) {
    throw usage(
      `Cannot use "${displayUrl(url)}" as the server URL: plain http can be read on the way`,
      "use https, or --allow-http if the server is in a private network that you trust",
    );
  }
  return url;
}

/** The text in quotes, where it is surely no part of a credential. */
function quoted(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/[A-Za-z0-9.:/_-]*$/i.test(text) ? `"${text}"` : "the argument";
}

function schemeHint(text: string): string {
  const plainHost = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?(?:\/[A-Za-z0-9._/-]*)?$/;
  return plainHost.test(text)
    ? `did you mean https://${text}?`
    : "write causeway https://server.example/mcp, and quote arguments that hold spaces";
}

function withoutFragment(url: URL): URL {
  const bare = new URL(url);
  bare.hash = "";
  return bare;
}

function usage(message: string, hint: string): CausewayError {
  return new CausewayError("usage", message, { hint });
}
