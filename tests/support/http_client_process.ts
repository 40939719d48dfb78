import { openSystemHttpClient } from "../../src/platform/system_http_client.ts";
import { clientOptions } from "./http_client_options.ts";

// A process that asks for one page, by a proxy if one is given: `http_client_process.ts URL AUTHORITY
// [PROXY]`. It writes the page and what its environment says of HTTPS_PROXY afterwards.
const [url = "", authority = "", proxy] = Deno.args;
const client = openSystemHttpClient(clientOptions({
  trustedCertificates: [authority],
  proxyFor: () => proxy === undefined ? undefined : new URL(proxy),
}));
const { body } = await client.exchange({ method: "GET", url: new URL(url), headers: [] });
const page = new TextDecoder().decode(await body.bytes(1000));
client.close();
await Deno.stdout.write(new TextEncoder().encode(`${page} ${Deno.env.get("HTTPS_PROXY")}\n`));
