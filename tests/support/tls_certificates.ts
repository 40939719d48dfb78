/** A certificate and its key, PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
}

/** What a private certificate authority made, and what makes do without one. All name loopback. */
export interface TlsCertificates {
  /** The private certificate authority itself. */
  readonly authority: TlsIdentity;
  /** For `localhost` and 127.0.0.1, by the authority. */
  readonly server: TlsIdentity;
  /** As {@linkcode server}, but out of date since 2020. */
  readonly expired: TlsIdentity;
  /** By the authority, for another host. */
  readonly wrongName: TlsIdentity;
  /** What `openssl req -x509` makes: signed by itself, its own authority. */
  readonly selfSigned: TlsIdentity;
  /** Another one of the same kind and name. */
  readonly otherSelfSigned: TlsIdentity;
  /** Signed by itself, an authority, for another host. */
  readonly selfSignedWrongName: TlsIdentity;
  /** Signed by itself, an authority, out of date since 2020. */
  readonly selfSignedExpired: TlsIdentity;
  /** For a client, by the authority. */
  readonly client: TlsIdentity;
}

const LOOPBACK = "DNS:localhost,IP:127.0.0.1";
const ELSEWHERE = "DNS:elsewhere.example";
const LONG_AGO = ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"];
const CONFIGURATION = `[ca]
default_ca = authority
[authority]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
default_days = 30
unique_subject = no
policy = policy
[policy]
commonName = supplied
`;

let remembered: Promise<TlsCertificates> | undefined;

/** Makes the certificates with `openssl`, once in a test process. */
export function tlsCertificates(): Promise<TlsCertificates> {
  remembered ??= makeCertificates();
  return remembered;
}

async function makeCertificates(): Promise<TlsCertificates> {
  const folder = await Deno.makeTempDir({ prefix: "causeway_tls_" });
  try {
    await Deno.writeTextFile(`${folder}/ca.cnf`, CONFIGURATION);
    await Deno.writeTextFile(`${folder}/index.txt`, "");
    await Deno.writeTextFile(`${folder}/serial`, "1000\n");
    const authority = await selfSigned(folder, "authority", "DNS:authority.example");
    return {
      authority,
      server: await signed(folder, "server", LOOPBACK),
      expired: await signed(folder, "expired", LOOPBACK, LONG_AGO),
      wrongName: await signed(folder, "wrongName", ELSEWHERE),
      client: await signed(folder, "client", "DNS:client.example"),
      selfSigned: await selfSigned(folder, "selfSigned", LOOPBACK),
      otherSelfSigned: await selfSigned(folder, "otherSelfSigned", LOOPBACK),
      selfSignedWrongName: await selfSigned(folder, "selfSignedWrongName", ELSEWHERE),
      selfSignedExpired: await selfSignedLongAgo(folder),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function selfSigned(folder: string, name: string, hosts: string): Promise<TlsIdentity> {
  await openssl(folder, [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-days", "30", "-subj", `/CN=${name}`, "-addext", `subjectAltName=${hosts}`],
    ...["-keyout", `${name}.key`, "-out", `${name}.pem`],
  ]);
  return await identity(folder, name);
}

async function signed(
  folder: string,
  name: string,
  hosts: string,
  dates: readonly string[] = [],
): Promise<TlsIdentity> {
  await request(folder, name, `basicConstraints=CA:FALSE\nsubjectAltName=${hosts}\n`);
  const signer = ["-cert", "authority.pem", "-keyfile", "authority.key"];
  await sign(folder, name, [...signer, ...dates]);
  return await identity(folder, name);
}

async function selfSignedLongAgo(folder: string): Promise<TlsIdentity> {
  const name = "selfSignedExpired";
  await request(folder, name, `basicConstraints=CA:TRUE\nsubjectAltName=${LOOPBACK}\n`);
  await sign(folder, name, ["-selfsign", "-keyfile", `${name}.key`, ...LONG_AGO]);
  return await identity(folder, name);
}

async function request(folder: string, name: string, extensions: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/${name}.ext`, extensions);
  await openssl(folder, [
    ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`],
  ]);
}

async function sign(folder: string, name: string, options: readonly string[]): Promise<void> {
  await openssl(folder, [
    ...["ca", "-batch", "-notext", "-config", "ca.cnf", "-in", `${name}.csr`],
    ...["-out", `${name}.pem`, "-extfile", `${name}.ext`, ...options],
  ]);
}

async function identity(folder: string, name: string): Promise<TlsIdentity> {
  return {
    certificate: await Deno.readTextFile(`${folder}/${name}.pem`),
    key: await Deno.readTextFile(`${folder}/${name}.key`),
  };
}

async function openssl(folder: string, args: readonly string[]): Promise<void> {
  const command = new Deno.Command("openssl", { args: [...args], cwd: folder, stdout: "null" });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
