// A real browser, driven by lines of JSON on standard input: {url, dark, width, screenshot}. For each
// line one line comes back that says what the page is and does. It ends with its input.
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

/**
 * Unpacks the browser beside its package: in the shared temporary folder it takes what lies there, whoever
 * put it there, for its own. The libraries that a bare system lacks come along only where it believes
 * itself to run at AWS.
 */
async function unpackBrowser() {
  const folder = fileURLToPath(new URL("node_modules/.cache/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const { TMPDIR = "/tmp" } = process.env;
  process.env.TMPDIR = folder;
  process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs22.x";
  try {
    const { default: chromium } = await import("@sparticuz/chromium");
    return await chromium.executablePath();
  } finally {
    process.env.TMPDIR = TMPDIR;
  }
}

const executablePath = await unpackBrowser();
const browser = await puppeteer.launch({
  // Not its own list of arguments: with one process, a second profile ends the browser.
  args: [
    "--no-sandbox",
    "--no-proxy-server",
    "--disable-dev-shm-usage",
    "--disable-gpu",
  ],
  executablePath,
  headless: "shell",
  timeout: 60_000,
});

function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Runs in the page. */
function describePage() {
  const rgb = (text) => text.match(/[\d.]+/g).slice(0, 3).map(Number);
  const luminance = (color) => {
    const [r, g, b] = rgb(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const { backgroundColor } = getComputedStyle(one);
      if (!/^rgba\(.*, 0\)$/.test(backgroundColor)) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const contrasts = [...document.querySelectorAll("h1, p, footer")].map(
    (element) => {
      const front = luminance(getComputedStyle(element).color);
      const back = luminance(backgroundOf(element));
      return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    },
  );
  return {
    title: document.title,
    language: document.documentElement.lang,
    headings: [...document.querySelectorAll("h1")].map((one) => one.innerText),
    text: document.body.innerText,
    landmarks: document.querySelectorAll("main").length,
    elements: [
      ...new Set(
        [...document.querySelectorAll("*")].map((one) => one.localName),
      ),
    ].sort(),
    overflows: document.documentElement.scrollWidth > innerWidth,
    leastContrast: Math.min(...contrasts),
    background: getComputedStyle(document.body).backgroundColor,
    ran: globalThis.ran === true,
  };
}

async function visit({ url, dark = false, width = 1000, screenshot }) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const [requests, complaints] = [[], []];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => {
    // That the page itself came with an error status is told by `status`.
    const isStatus = /^Failed to load resource: .* status of \d+/.test(
      message.text(),
    );
    if (!isStatus || message.location().url !== page.url()) {
      complaints.push(message.text());
    }
  });
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  try {
    await page.setViewport({ width, height: 700 });
    const scheme = {
      name: "prefers-color-scheme",
      value: dark ? "dark" : "light",
    };
    await page.emulateMediaFeatures([scheme]);
    const response = await page.goto(url, {
      waitUntil: "load",
      timeout: 60_000,
    });
    const facts = await page.evaluate(describePage);
    if (screenshot !== undefined) {
      await page.screenshot({ path: screenshot, fullPage: true });
    }
    return {
      status: response.status(),
      url: page.url(),
      requests,
      complaints,
      ...facts,
    };
  } finally {
    await context.close();
  }
}

say({ version: await browser.version() });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    say(await visit(JSON.parse(line)));
  } catch (error) {
    say({ failure: String(error) });
  }
}
await browser.close();
