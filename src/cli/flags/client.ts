import type { FlagDefinition } from "./flag.ts";
import { documentUrl, jsonOrFile, someText, variableName } from "./shapes.ts";

/** The OAuth client as which the user is signed in. */
export const CLIENT_FLAGS = [
  {
    name: "client-id",
    kind: "value",
    valueName: "ID",
    category: "sign-in",
    commands: ["bridge"],
    shape: someText,
    doc: "The client ID, for a client registered beforehand",
    longDoc:
      "The client ID, for a client registered beforehand. The port of the redirect is fixed " +
      "then: the one after the server URL, or the one derived from the arguments.",
  },
  {
    name: "client-secret-env",
    kind: "value",
    valueName: "VAR",
    category: "sign-in",
    commands: ["bridge"],
    shape: variableName,
    doc: "The environment variable with the client's secret",
    longDoc: "The name of the environment variable that holds the client's secret.",
  },
  {
    name: "static-oauth-client-info",
    kind: "value",
    valueName: "JSON",
    category: "sign-in",
    commands: ["bridge"],
    shape: jsonOrFile,
    secret: true,
    doc: "Client information, as JSON or @file",
    longDoc: "The information of a client registered beforehand, as a JSON object or @ and a " +
      "file's path: client_id, client_secret, token_endpoint_auth_method, and for " +
      "private_key_jwt private_key (PEM, JWK, or @ and a path) with private_key_id. ${VAR} stands " +
      "for the environment variable VAR, which must be set.",
  },
  {
    name: "static-oauth-client-metadata",
    kind: "value",
    valueName: "JSON",
    category: "sign-in",
    commands: ["bridge"],
    shape: jsonOrFile,
    secret: true,
    doc: "Client metadata to register with, as JSON or @file",
    longDoc: "Client metadata to register with, as a JSON object or @ and a file's path; it is " +
      "laid over the defaults. Its scope is the one asked for, unless --scope is given. ${VAR} as " +
      "in --static-oauth-client-info.",
  },
  {
    name: "client-metadata-url",
    kind: "value",
    valueName: "URL",
    category: "sign-in",
    commands: ["bridge"],
    shape: documentUrl,
    doc: "The https URL of a client ID metadata document",
    longDoc:
      "The https URL of a client ID metadata document, used where the authorization server " +
      "supports it. The document lists the redirect URI, so the port is fixed: the one after the " +
      "server URL, or the one derived from the arguments.",
  },
] as const satisfies readonly FlagDefinition[];
