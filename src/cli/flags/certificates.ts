import type { FlagDefinition } from "./flag.ts";
import { someText } from "./shapes.ts";

/** Whom TLS trusts, and who we are in it. */
export const CERTIFICATE_FLAGS = [
  {
    name: "ca-cert",
    kind: "repeatable",
    valueName: "PATH",
    category: "certificates",
    commands: ["bridge"],
    shape: someText,
    doc: "Trust the certificates in this PEM file too",
    longDoc: "Trust the certificates in this PEM file too, beside those of the operating system, " +
      "the bundled roots, NODE_EXTRA_CA_CERTS and SSL_CERT_FILE.",
  },
  {
    name: "client-cert",
    kind: "value",
    valueName: "PATH",
    category: "certificates",
    commands: ["bridge"],
    shape: someText,
    doc: "Show the server this certificate (PEM); needs --client-key",
    longDoc:
      "Show the server this client certificate, a PEM file with its chain, if there is one. " +
      "Needs --client-key.",
  },
  {
    name: "client-key",
    kind: "value",
    valueName: "PATH",
    category: "certificates",
    commands: ["bridge"],
    shape: someText,
    doc: "The private key of --client-cert (PEM, not encrypted)",
    longDoc: "The private key of --client-cert: a PEM file, not encrypted.",
  },
] as const satisfies readonly FlagDefinition[];
