/** The Node page of a real daemon in a browser, and the moment at which it says something. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { textsIn } from "../../../src/drivers/flight/reading.ts";
import { readLines } from "../../../src/inspect/lines.ts";
import type { FlightRecord } from "../../../src/inspect/record.ts";
import { openPage, startBrowser } from "../../support/browser.ts";
import { newestProgram } from "../../support/daemon.ts";
import { startHelper, type Helper } from "../../support/page-helper.ts";

export interface Shown {
  /** Milliseconds since 1970, when it was drawn. */
  readonly at: number;
  readonly text: string;
}

/** Where the page tells of what is not as it should be; the daemon's own words are none of these. */
const PLACES = [
  ".card",
  'table[aria-label="Actors that are not at rest"] tbody tr',
  'section[aria-label="Refused"]',
].join(", ");

/** For the browser, as text, for these files are checked without its types: looks at each frame until one place says all of it. */
const looking = (wanted: readonly RegExp[]): string => `new Promise((resolve) => {
  const look = () => {
    const told = [...document.querySelectorAll(${JSON.stringify(PLACES)})].map((place) => place.textContent.replace(/\\s+/g, " "));
    const text = told.find((one) => [${wanted.join(", ")}].every((part) => part.test(one)));
    if (text === undefined) requestAnimationFrame(look);
    else resolve({ at: Date.now(), text });
  };
  look();
})`;

/** The longest that anything takes until it is stuck. */
const PATIENCE_MS = 20_000;

export class OpenNodePage {
  readonly #helper: Helper;
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #runDir: string;

  private constructor(helper: Helper, browser: Browser, page: Page, runDir: string) {
    this.#helper = helper;
    this.#browser = browser;
    this.#page = page;
    this.#runDir = runDir;
  }

  static async of(runDir: string): Promise<OpenNodePage> {
    const [helper, browser] = await Promise.all([startHelper(newestProgram(), runDir), startBrowser()]);
    const { page } = await openPage(browser, helper.link);
    await page.waitForSelector("h1 .mark");
    return new OpenNodePage(helper, browser, page, runDir);
  }

  /** When one card, one row or the sheet of refusals says all of it; throws with what the page says instead. */
  async shows(wanted: readonly RegExp[]): Promise<Shown> {
    const late = new AbortController();
    const patience = sleep(PATIENCE_MS, undefined, { signal: late.signal, ref: false });
    const shown = await Promise.race([this.#page.evaluate<Shown>(looking(wanted)), patience]);
    late.abort();
    if (shown) return shown;
    throw new Error(`the page says nowhere ${wanted.join(", ")}:\n${await this.#text()}`);
  }

  /** Of the first record after `begun` that is so: from that moment on the daemon can explain it. */
  recordedAt(begun: number, isIt: (record: FlightRecord) => boolean): number {
    const found = textsIn(`${this.#runDir}/flight`)
      .flatMap((text) => readLines(text).records)
      .find((record) => record.wall >= begun && isIt(record));
    if (!found) throw new Error("nothing of it is recorded");
    return found.wall;
  }

  async #text(): Promise<string> {
    return (await this.#page.locator("main").innerText()).replace(/\n+/g, "\n");
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#helper.close();
  }
}
