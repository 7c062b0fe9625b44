/** The player: a recording in one file, which asks nobody for anything, and is gone through forwards and back. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { readLines } from "../../../src/inspect/lines.ts";
import { packed } from "../../../src/inspect/packing.ts";
import { Picture } from "../../../src/inspect/picture.ts";
import { Player } from "../../../src/inspect/page/player.ts";
import type { FlightRecord } from "../../../src/inspect/record.ts";
import { textsIn } from "../../../src/drivers/flight/reading.ts";
import { inBrowser, judge, openPage, startBrowser } from "../../support/browser.ts";
import { PageStage } from "../../support/page-stage.ts";

const STEPS = 10_000;

/** What a daemon would have written of some pods that are stopped and started for long. */
const recorded = async (): Promise<readonly FlightRecord[]> => {
  const stage = new PageStage();
  stage.node();
  for (let n = 1; n <= 20; n++) stage.pod(n, { pod: `web-${n}` });
  for (let n = 0; n < STEPS; n++) {
    const container = `container/${stage.containerOf((n % 20) + 1)}`;
    const state = Math.floor(n / 20) % 2 === 0 ? "stopping.waiting" : "running";
    stage.enter(() => stage.step(container, "stop", n === 7000 ? "stopping.dying" : state, { tries: n }));
  }
  const { records } = readLines(textsIn(join(stage.runDir, "flight")).join(""));
  await stage.close();
  return records;
};

describe("a recording that is gone through", () => {
  let records: readonly FlightRecord[];
  before(async () => {
    records = await recorded();
  });

  it("is at each place what its records up to there make, whatever way one came", () => {
    const player = new Player(records);
    for (const place of [records.length, 1234, 1233, 0, 777, records.length - 1, 5]) {
      player.seek(place);
      const picture = new Picture();
      for (const record of records.slice(0, place)) picture.apply(record);
      const states = (of: Picture) => [...of.actors.values()].map(({ id, state, context }) => [id, state, context]);
      assert.deepEqual(states(player.scene.picture), states(picture), `at ${place}`);
      assert.equal(player.current, records[place - 1]);
    }
  });

  it("goes on to where something enters a state, and leads back to a cause", () => {
    const player = new Player(records);
    player.seek(0);
    assert.ok(player.runTo("container stopping.dying"));
    assert.equal(player.current?.kind === "step" && player.current.state, "stopping.dying");
    assert.ok(!player.runTo("container stopping.dying"));
    assert.equal(player.cause, player.current);
    assert.ok(player.entered.includes("container running"));
  });
});

const elementOf = (records: readonly FlightRecord[]): string =>
  `<script type="application/octet-stream+base64" id="recording">${deflateRawSync(packed(records)).toString("base64")}</script>`;

describe("the player in a browser", inBrowser, () => {
  const place = mkdtempSync(join(tmpdir(), "player-"));
  const file = join(place, "bug.html");
  let browser: Browser;

  before(async () => {
    const template = readFileSync(new URL("../../../dist/page/recording.html", import.meta.url), "utf8");
    const about = `<script type="application/json" id="about">{"kind":"recording"}</script>`;
    writeFileSync(file, template.replace("<!-- recording -->", about + elementOf(await recorded())));
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
    rmSync(place, { recursive: true });
  });

  const link = pathToFileURL(file).href;
  const isAt = (page: Page, begin: string): Promise<unknown> =>
    page.waitForFunction((text) => document.querySelector(".player .where")?.textContent?.startsWith(text), begin);

  it("opens 10,000 transitions from a file within a second, and asks nobody", async (test) => {
    const { page, context, troubles, asked } = await openPage(browser, link);
    await page.waitForSelector("h1 .mark");
    const ms = await page.evaluate(() => performance.getEntriesByName("drawn")[0]?.startTime ?? Infinity);
    test.diagnostic(`${Math.round(ms)} ms`);
    assert.ok(ms <= 1000, `${Math.round(ms)} ms`);
    assert.deepEqual([asked, troubles], [[link], []]);
    await context.close();
  });

  it("steps by keyboard, stops at a state, and shows what each record changed", async () => {
    const { page, context } = await openPage(browser, link);
    const slider = page.getByLabel("Place in the recording");
    await slider.focus();
    await page.keyboard.press("Home");
    await isAt(page, "before the first record");
    for (let n = 0; n < 3; n++) await page.keyboard.press("ArrowRight");
    await isAt(page, "record 3 ");
    await page.getByLabel("Stop at").selectOption("container stopping.dying");
    await page.getByRole("button", { name: "Run to it" }).click();
    const changes = page.locator('table[aria-label="What it changed"]');
    await changes.waitFor();
    assert.match((await changes.textContent()) ?? "", /state.*stopping\.dying/);
    await context.close();
  });

  for (const colorScheme of ["light", "dark"] as const)
    it(`gives axe nothing to say, ${colorScheme}`, async () => {
      const { page, context } = await openPage(browser, link, { colorScheme });
      await page.waitForSelector("h1 .mark");
      await judge(page, `player, ${colorScheme}`);
      await context.close();
    });

  it("says of a recording that was cut that it cannot be read", async () => {
    const cut = join(place, "cut.html");
    writeFileSync(cut, readFileSync(file, "utf8").replace(/(id="recording">[^<]{2000})[^<]*/, "$1"));
    const { page, context } = await openPage(browser, pathToFileURL(cut).href);
    await page.waitForSelector(".notice");
    assert.match((await page.textContent(".notice")) ?? "", /cannot be read/);
    await context.close();
  });

  it("says of a page without records what would be there, and gives axe nothing to say", async () => {
    const none = join(place, "none.html");
    const [whole, recording] = [readFileSync(file, "utf8"), /<script[^>]*id="recording">[^<]*<\/script>/];
    writeFileSync(none, whole.replace(recording, elementOf([])));
    const { page, context, troubles } = await openPage(browser, pathToFileURL(none).href);
    await page.waitForSelector(".notice");
    assert.match((await page.textContent(".notice")) ?? "", /^There is nothing in this recording/);
    assert.equal(await page.textContent("h1"), "Nothing to show");
    assert.match((await page.textContent("main")) ?? "", /made by: troupe record -o bug\.html/);
    assert.equal(await page.locator(".player").count(), 0);
    await judge(page, "player without records");
    writeFileSync(none, whole.replace(recording, ""));
    await page.reload();
    await page.getByText("There is nothing in this recording").waitFor();
    assert.deepEqual(troubles, []);
    await context.close();
  });

  it("shows what there is of a page that does not say what it is of, and has no pictures of machines", async () => {
    const bare = join(place, "bare.html");
    const text = readFileSync(file, "utf8")
      .replace(/<script[^>]*id="about">[^<]*<\/script>/, "")
      .replace(/<script[^>]*id="drawn">[^<]*<\/script>/, "");
    writeFileSync(bare, text);
    const { page, context, troubles } = await openPage(browser, `${pathToFileURL(bare).href}#/machine/container`);
    await page.getByText("This page has no picture of it").waitFor();
    assert.match((await page.textContent(".notice")) ?? "", /does not say of what and by whom it was recorded/);
    assert.ok((await page.locator('table[aria-label="States of the container machine"] tr').count()) > 10);
    await page.waitForSelector(".player");
    await judge(page, "player without pictures");
    assert.deepEqual(troubles, []);
    await context.close();
  });
});
