/** A page as a real browser shows it. */
export interface ShownPage {
  readonly status: number;
  /** Where the browser ended. */
  readonly url: string;
  /** Everything that it asked for, the page first. */
  readonly requests: readonly string[];
  /** Console messages and dialogs. */
  readonly complaints: readonly string[];
  readonly title: string;
  readonly language: string;
  readonly headings: readonly string[];
  readonly text: string;
  readonly landmarks: number;
  /** The names of the elements that there are, sorted. */
  readonly elements: readonly string[];
  /** Whether it must be scrolled sideways. */
  readonly overflows: boolean;
  /** The smallest contrast ratio of a text to its background (WCAG 2). */
  readonly leastContrast: number;
  readonly background: string;
  /** Whether a script of the test's ran in it. */
  readonly ran: boolean;
}

/** How a page is visited. */
export interface VisitOptions {
  /** Whether the user prefers dark colours. */
  readonly dark?: boolean;
  /** The window's width in pixels. */
  readonly width?: number;
  /** Where to put a picture of it. */
  readonly screenshot?: string;
}

const FOLDER = new URL("../e2e/browser/", import.meta.url);
const INSTALLATION = new URL("../../.cache/browser/", import.meta.url);

/** A headless Chromium from npm, in a process of its own. */
export class RealBrowser implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #text = "";
  /** One visit at a time. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async start(): Promise<RealBrowser> {
    await install();
    const child = new Deno.Command("node", {
      args: ["driver.mjs"],
      cwd: INSTALLATION,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const browser = new RealBrowser(child);
    await browser.#line();
    return browser;
  }

  /** Visits the URL with a fresh profile and waits until it is loaded. */
  visit(url: string, options: VisitOptions = {}): Promise<ShownPage> {
    const visiting = this.#last.then(async () => {
      await this.#input.write(new TextEncoder().encode(`${JSON.stringify({ url, ...options })}\n`));
      const page = JSON.parse(await this.#line()) as ShownPage | { readonly failure: string };
      if ("failure" in page) throw new Error(page.failure);
      return page;
    });
    this.#last = visiting.catch(() => {});
    return visiting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#input.close();
    await this.#child.status;
    await this.#output.cancel();
  }

  async #line(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { value } = await this.#output.read();
      if (value === undefined) throw new Error(`The browser ended: ${this.#text}`);
      this.#text += value;
    }
    const end = this.#text.indexOf("\n");
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }
}

/** Installs the pinned packages once; processes that want to at the same time wait for the first. */
async function install(): Promise<void> {
  await Deno.mkdir(INSTALLATION, { recursive: true });
  using lock = await Deno.open(new URL("lock", INSTALLATION), { write: true, create: true });
  await lock.lock(true);
  await Deno.copyFile(new URL("driver.mjs", FOLDER), new URL("driver.mjs", INSTALLATION));
  const wanted = await Deno.readTextFile(new URL("package-lock.json", FOLDER));
  const installed = await Deno.readTextFile(new URL("installed.json", INSTALLATION))
    .catch(() => "");
  if (wanted === installed) return;
  for (const name of ["package.json", "package-lock.json"]) {
    await Deno.copyFile(new URL(name, FOLDER), new URL(name, INSTALLATION));
  }
  const { code, stderr } = await new Deno.Command("npm", {
    args: ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    cwd: INSTALLATION,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(`npm ci failed: ${new TextDecoder().decode(stderr)}`);
  await Deno.writeTextFile(new URL("installed.json", INSTALLATION), wanted);
}
