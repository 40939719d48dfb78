import { fromFileUrl } from "@std/path";
import { installPackages } from "../../scripts/test/npm_packages.ts";
import { ChildProcess } from "./child_process.ts";

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

const FOLDER = fromFileUrl(new URL("../e2e/browser/", import.meta.url));

/** A headless Chromium from npm, in a process of its own. */
export class RealBrowser implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** One visit at a time. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<RealBrowser> {
    await installPackages(FOLDER);
    const child = new ChildProcess("node", { args: ["driver.mjs"], cwd: FOLDER });
    await child.line();
    return new RealBrowser(child);
  }

  /** Visits the URL with a fresh profile and waits until it is loaded. */
  visit(url: string, options: VisitOptions = {}): Promise<ShownPage> {
    const visiting = this.#last.then(async () => {
      await this.#child.write(JSON.stringify({ url, ...options }));
      const page = JSON.parse(await this.#child.line()) as ShownPage | { readonly failure: string };
      if ("failure" in page) throw new Error(page.failure);
      return page;
    });
    this.#last = visiting.catch(() => {});
    return visiting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    // Gently, since it has to end the browser.
    await this.#child.endStdin();
    await this.#child.end().catch(() => {});
    await this.#child[Symbol.asyncDispose]();
  }
}
