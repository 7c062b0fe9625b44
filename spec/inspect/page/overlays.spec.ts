/** What the Machine page can show on a machine: who is in it now, what the recording came by, and what a simulation tried. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { chartsNow } from "../../../src/inspect/charts.ts";
import type { Coverage } from "../../../src/inspect/page-message.ts";
import { inBrowser, judge, openPage, picture, startBrowser } from "../../support/browser.ts";
import type { Helper } from "../../support/page-helper.ts";
import { PageStage } from "../../support/page-stage.ts";

const simulation = fileURLToPath(new URL("../../../scripts/sim/main.ts", import.meta.url));
const viewport = { width: 1140, height: 740 };

describe("the overlays of a machine", inBrowser, () => {
  const place = mkdtempSync(join(tmpdir(), "overlays-"));
  let stage: PageStage;
  let helper: Helper;
  let browser: Browser;
  let tried: Coverage;
  before(async () => {
    // As `npm run -s sim -- --json > tally.json` writes it.
    const { stdout } = await promisify(execFile)(process.execPath, [
      simulation,
      "--seed",
      "1",
      "--schedules",
      "6",
      "--json",
    ]);
    const file = join(place, "tally.json");
    writeFileSync(file, stdout);
    tried = (JSON.parse(stdout.split("\n")[0] ?? "") as { readonly tally: Coverage }).tally;
    stage = new PageStage();
    stage.node();
    for (const n of [1, 2, 3]) stage.pod(n, { pod: `web-${n}` });
    helper = await stage.open("--coverage", file);
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
    await stage.close();
    rmSync(place, { recursive: true });
  });

  const opened = async (machine: string): Promise<Page> => {
    const { page } = await openPage(browser, await helper.another(), { viewport });
    await page.waitForSelector("h1 .mark");
    await page.evaluate((name) => void (location.hash = `#/machine/${name}`), machine);
    await page.getByRole("heading", { level: 1, name: `The ${machine} machine` }).waitFor();
    return page;
  };
  /** Of the rows that are made: the first cell, and the number beside it. */
  const numbers = (page: Page, table: "States" | "Edges"): Promise<readonly (readonly [string, string])[]> =>
    page
      .locator(`table[aria-label^="${table}"] tbody tr[data-at]`)
      .evaluateAll((rows) =>
        rows.map(
          (row) =>
            [row.querySelector("td")?.textContent ?? "", row.querySelector("td.number")?.textContent ?? ""] as const,
        ),
      );
  const states = async (page: Page): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries(await numbers(page, "States"));
  const chart = async (page: Page): Promise<string> => (await page.locator("svg[role=img]").textContent()) ?? "";

  it("now: how many are in each state, as they come and go", async () => {
    const page = await opened("container");
    assert.equal((await states(page))["running"], "3");
    stage.enter(() => stage.step(`container/${stage.containerOf(2)}`, "stop", "stopping.waiting"));
    await page
      .locator('table[aria-label^="States"] tbody tr', { hasText: "web-2" })
      .getByText("stopping.waiting")
      .waitFor();
    const now = await states(page);
    assert.deepEqual([now["running"], now["stopping.waiting"]], ["2", "1"]);
    assert.match(await chart(page), /running\s*2 here/);
    await page.context().close();
  });

  it("this recording: how often it came by each state, and for how long one stayed", async () => {
    const page = await opened("container");
    stage.enter(() => stage.step(`container/${stage.containerOf(3)}`, "stop", "stopping.waiting"));
    stage.enter(() => stage.step(`container/${stage.containerOf(3)}`, "exited", "settling.draining"));
    await page.getByLabel("this recording").check();
    await page.locator('table[aria-label^="States"] tbody tr', { hasText: /^settling\.draining1/ }).waitFor();
    const row = page.locator('table[aria-label^="States"] tbody tr', { hasText: /^running/ });
    assert.match((await row.textContent()) ?? "", /^running3\d+ ms|^running3\d+\.\d s/);
    await page.context().close();
  });

  it("simulation: how often each state and edge was tried, as npm run sim counted it", async () => {
    const page = await opened("container");
    await page.getByLabel("simulation").check();
    assert.match((await page.textContent(".title")) ?? "", /how often the simulation came by/);
    const times = (count: number | undefined): string => String(count || "never");
    for (const [state, shown] of await numbers(page, "States"))
      assert.equal(shown, times(tried.states[`container ${state}`]), state);
    const running = Number((await states(page))["running"]);
    assert.ok(running > 3, `${running} visits`);
    assert.match(await chart(page), new RegExp(`running\\s*${running}×`));
    const { edges } = chartsNow().machines.container;
    const shownEdges = await numbers(page, "Edges");
    assert.ok(shownEdges.some(([, shown]) => shown !== "never"));
    for (const [n, { name }] of edges.slice(0, shownEdges.length).entries())
      assert.equal(shownEdges[n]?.[1], times(tried.edges[`container: ${name}`]), name);
    await picture(page, "ui-simulation");
    await page.context().close();
  });

  it("simulation: every machine has its counts, the daemon's too, and axe nothing to say of them, light and dark", async () => {
    const page = await opened("daemon");
    await page.getByLabel("simulation").check();
    assert.equal((await states(page))["serving"], String(tried.states["life serving"]));
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await judge(page, `what a simulation tried, ${colorScheme}`);
    }
    await page.context().close();
  });
});
