/** A fork in the page of a recording: begun, gone through and dropped by keys, out of one file that asks nobody for anything. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { packed } from "../../../src/inspect/packing.ts";
import type { FlightRecord } from "../../../src/inspect/record.ts";
import { inBrowser, judge, openPage, startBrowser } from "../../support/browser.ts";
import { recorded } from "../../support/recorded-schedules.ts";

describe("a fork in a browser", inBrowser, () => {
  const place = mkdtempSync(join(tmpdir(), "fork-"));
  const file = join(place, "bug.html");
  const link = pathToFileURL(file).href;
  let records: readonly FlightRecord[];
  let browser: Browser;

  before(async () => {
    records = await recorded(2);
    const template = readFileSync(new URL("../../../dist/page/recording.html", import.meta.url), "utf8");
    const text = deflateRawSync(packed(records)).toString("base64");
    const about = `<script type="application/json" id="about">{"kind":"recording"}</script>`;
    const element = `${about}<script type="application/octet-stream+base64" id="recording">${text}</script>`;
    writeFileSync(
      file,
      template.replace("<!-- recording -->", () => element),
    );
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
    rmSync(place, { recursive: true });
  });

  /** Presses Tab until what is focused is called so, and then Enter. */
  const press = async (page: Page, name: RegExp): Promise<void> => {
    for (let n = 0; n < 120; n++) {
      await page.keyboard.press("Tab");
      const called = await page.evaluate(() => {
        const focused = document.activeElement;
        return focused?.getAttribute("aria-label") ?? focused?.textContent ?? "";
      });
      if (name.test(called.trim())) return page.keyboard.press("Enter");
    }
    assert.fail(`Tab does not come by ${name}`);
  };
  const waysOf = (page: Page, part: string): Promise<string | null> =>
    page.locator("table.ways tr", { hasText: part }).first().textContent();
  const stands = (page: Page, text: RegExp): Promise<void> => page.locator("table.ways", { hasText: text }).waitFor();

  /** At the call of the network's plugins, which is then forked. */
  const forked = async (colorScheme: "light" | "dark" = "light") => {
    const opened = await openPage(browser, link, { colorScheme });
    const { page } = opened;
    const slider = page.getByLabel("Place in the recording");
    const at = 1 + records.findIndex((record) => record.kind === "call" && record.verb === "attach");
    await slider.fill(String(at));
    await slider.focus();
    await press(page, /^What if/);
    await page.locator(".fork").waitFor();
    return { ...opened, at };
  };

  it("is begun, gone through, taken back and dropped by keys, and the recording is as it was", async () => {
    const { page, context, troubles, asked, at } = await forked();
    assert.match(page.url(), /#\/pod\//);
    assert.match((await page.textContent("header .status")) ?? "", /fork of a recording/);
    assert.match((await page.textContent(".fork")) ?? "", new RegExp(`goes on from record ${at} in another way`));
    await press(page, /^fails: network\.attach of attachment/);
    await stands(page, /as its reader chose/); // the states alone are in the recorded way too
    const [sandbox, attachment] = [await waysOf(page, "sandbox"), await waysOf(page, "attachment")];
    assert.match(
      sandbox ?? "",
      /creating\.attaching.*removed.*→ removing\.intending.*undoing it after: as its reader chose/,
    );
    assert.match(attachment ?? "", /→ queuedToDelete/);
    assert.match((await page.textContent(".cards")) ?? "", /removing\.intending/, "the pod's page is the fork's");
    await press(page, /^goes well: records\.putSandbox of sandbox/);
    await page.locator('ol[aria-label="What was chosen"] li').nth(1).waitFor();
    assert.match(
      (await page.textContent(".fork ol")) ?? "",
      /network\.attach fails: as its reader chose \(Failed\).*putSandbox goes well/,
    );
    await press(page, /^Take back$/);
    await page.locator('ol[aria-label="What was chosen"] li').nth(1).waitFor({ state: "detached" });
    await press(page, /^Drop the fork$/);
    await page.locator(".fork").waitFor({ state: "detached" });
    const where = await page.textContent(".player .where");
    assert.ok(where?.startsWith(`record ${at} of ${records.length}`), String(where));
    assert.deepEqual([troubles, asked], [[], [link]]);
    await context.close();
  });

  for (const colorScheme of ["light", "dark"] as const)
    it(`gives axe nothing to say, ${colorScheme}`, async () => {
      const { page, context } = await forked(colorScheme);
      await press(page, /^hangs until its bound.*network\.attach/);
      await stands(page, /queuedToDelete/);
      await judge(page, `fork, ${colorScheme}`);
      await context.close();
    });

  it("is refused in words where there is no pod to go on", async () => {
    const { page, context } = await openPage(browser, link);
    await page.getByLabel("Place in the recording").fill("0");
    await page.getByRole("button", { name: "What if" }).click();
    await page.locator(".player [role=status]", { hasText: "Open a pod first" }).waitFor();
    await context.close();
  });
});
