/** Debian's Chromium for specs of the page; where it is not there they are skipped, and say so. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const program = "/usr/bin/chromium";

/** Options for a `describe` that opens a browser. */
export const inBrowser = existsSync(program)
  ? {}
  : { skip: `${program} is not there: run as root, where Debian's packages are within reach: npm run setup` };

export const startBrowser = (): Promise<Browser> =>
  // Specs run as root, for whom Chromium has no sandbox; it sees nothing but our page.
  chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Fails, naming it, for whatever axe finds: WCAG 2.2 AA, and its best practices. */
export const judge = async (page: Page, what: string): Promise<void> => {
  await page.evaluate(axe);
  const found = await page.evaluate<{ readonly violations: readonly Violation[] }>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  const told = found.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes
        .slice(0, 3)
        .map(({ html, failureSummary }) => `    ${html.slice(0, 300)}\n    ${failureSummary}`)
        .join("\n")}`,
  );
  assert.equal(told.join("\n"), "", `axe on ${what}`);
};

/** A page of its own, which fails for what it says on the console and for what it asks of anybody but `origin`. */
export const openPage = async (browser: Browser, link: string, options: BrowserContextOptions = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const troubles: string[] = [];
  const asked: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(String(error.stack)));
  context.on("request", (request) => asked.push(request.url()));
  await page.goto(link);
  return { page, context, troubles, asked };
};

const images = fileURLToPath(new URL("../../docs/images", import.meta.url));

/** With TROUPE_PICTURES=1: the page as it is, light and dark, into docs/images/. */
export const picture = async (page: Page, name: string): Promise<void> => {
  if (process.env["TROUPE_PICTURES"] !== "1") return;
  mkdirSync(images, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(images, `${name}-${colorScheme}.png`) });
  }
};
