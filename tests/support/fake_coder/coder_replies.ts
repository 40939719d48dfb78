import {
  type FakeReply,
  htmlReply,
  jsonReply,
} from "../fake_authorization_server/recording_server.ts";
import type { CoderWorld } from "./coder_world.ts";

/** An error of the API: what is for people stands in `message` and `detail`. */
export function apiError(status: number, message: string, detail?: string): FakeReply {
  return plainJson(status, { message, ...(detail === undefined ? {} : { detail }) });
}

/** An OAuth error, with `Cache-Control: no-store` from 2.37 on. */
export function oauthError(
  world: CoderWorld,
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): FakeReply {
  return oauthReply(world, status, { error, error_description: description }, headers);
}

/** An answer below `/oauth2`, with `Cache-Control: no-store` from 2.37 on. */
export function oauthReply(
  world: CoderWorld,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): FakeReply {
  return world.features.noStore
    ? jsonReply(status, value, headers)
    : plainJson(status, value, headers);
}

/** JSON without any caching header. */
export function plainJson(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): FakeReply {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(value),
  };
}

/** What every path without a route is answered, whatever the method: the site. */
export function siteReply(): FakeReply {
  return htmlReply(200, '<div id="root"></div>');
}

/** A page with an error on it. */
export function errorPage(title: string, text: string): FakeReply {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return htmlReply(400, `<h1>${title}</h1><p>${escaped}</p>`);
}
