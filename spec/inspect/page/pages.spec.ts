/** The pages of `troupe ui` in a browser: what they say, by keyboard alone, and as axe sees them, light and dark. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { inBrowser, judge, openPage, startBrowser } from "../../support/browser.ts";
import { writeStall } from "../../../src/drivers/watchdog/stall-file.ts";
import { monoMs } from "../../../src/drivers/linux/clock.ts";
import type { Helper } from "../../support/page-helper.ts";
import { PageStage } from "../../support/page-stage.ts";

const nasty = `<img src=x onerror="document.title='taken'">`;

/** A node with one pod at rest, one whose network cannot be taken down, and one that is being stopped. */
const people = (stage: PageStage): { readonly stuck: string } => {
  stage.node();
  stage.pod(1, { pod: "web-0" });
  const stuck = stage.pod(2, { pod: nasty });
  const stopped = stage.pod(3, { pod: "stubborn" });
  const now = monoMs();
  stage.enter(() => {
    stage.recorder.note({
      kind: "rpc",
      n: 1,
      method: "StopPodSandbox",
      agent: "kubelet",
      deadline: Date.now() + 90_000,
    });
    stage.recorder.note({ kind: "waits", n: 1, actor: `sandbox/${stuck}`, work: 1 });
    stage.step(`sandbox/${stuck}`, "stop", "stopping.resting", {
      tries: 4,
      work: { n: 1, verb: "stop", since: now - 45_000 },
      trouble: { code: "Failed", text: `umount: ${nasty}: device is busy`, at: now },
    });
  });
  stage.enter(() => {
    stage.recorder.note({ kind: "rpc", n: 2, method: "CreateContainer", about: `${stopped}/side` });
    stage.recorder.note({ kind: "answer", n: 2, code: "ResourceExhausted", ms: 3, text: `no space left for ${nasty}` });
    stage.step(`sandbox/${stopped}`, "stop", "stopping.resting", {
      tries: 1,
      trouble: { code: "Failed", text: `cannot unpin ${nasty}`, at: now },
    });
    stage.step(`container/${stage.containerOf(3)}`, "stop", "stopping.waiting", { deadline: now + 60_000 });
    stage.call(`container/${stage.containerOf(3)}`, "runtime", "ask", 30_000);
    stage.recorder.note({ kind: "said", level: "info", text: nasty });
    stage.recorder.note({ kind: "stalled", ms: 1500, stack: ["readSync (node:fs:1)"], syscall: "read" });
  });
  assert.notEqual(stopped, "");
  return { stuck };
};

describe("the pages of troupe ui", inBrowser, () => {
  let stage: PageStage;
  let helper: Helper;
  let browser: Browser;
  let stuck: string;

  before(async () => {
    stage = new PageStage();
    ({ stuck } = people(stage));
    helper = await stage.open();
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
    await stage.close();
  });

  const opened = async (options = {}, route = "#/") => {
    const all = await openPage(browser, await helper.another(), options);
    const { page } = all;
    await page.waitForSelector("h1 .mark");
    if (route !== "#/") await page.evaluate((hash) => void (location.hash = hash), route);
    await page.waitForFunction(() => !document.querySelector("h1")?.textContent?.startsWith("Reading"));
    return all;
  };
  /** Every page, one after another, in one tab. */
  const each = async (page: Page, does: (name: string) => Promise<void>): Promise<void> => {
    const routes = [
      ["node", "#/", /not progressing/],
      ["pod", `#/pod/${stuck}`, /default.*img/],
      ["machine", "#/machine/sandbox", /The sandbox machine/],
      ["tree", "#/tree", /Who owns whom/],
    ] as const;
    for (const [name, route, heading] of routes) {
      await page.evaluate((hash) => void (location.hash = hash), route);
      await settled(page, heading);
      await does(name);
    }
  };
  const headingOf = (page: Page): Promise<string | null> => page.textContent("h1");
  const settled = (page: Page, text: RegExp): Promise<unknown> =>
    page.waitForFunction(
      (source) => new RegExp(source).test(document.querySelector("h1")?.textContent ?? ""),
      text.source,
    );

  it("say in one sentence how the node is, and who is stuck on what", async () => {
    const { page, context, troubles } = await opened();
    assert.equal(await headingOf(page), "1 of 3 pods is not progressing");
    const card = await page.textContent(".card");
    assert.match(card ?? "", /stopping\.resting/);
    assert.match(card ?? "", /device is busy/);
    assert.match(card ?? "", /tried 4 times/);
    assert.match(card ?? "", /StopPodSandbox of kubelet/);
    assert.deepEqual(troubles, []);
    await context.close();
  });

  it("say at once what went wrong with who is not stuck yet, and what clients were refused", async () => {
    const { page, context } = await opened();
    const card = page.locator(".card", { hasText: "stubborn" });
    assert.match((await card.textContent()) ?? "", /tried 1 time.*cannot unpin <img/s);
    const refused = (await page.textContent('section[aria-label="Refused"]')) ?? "";
    assert.match(refused, /CreateContainer.*no space left for <img/);
    await context.close();
  });

  it("take what the node says for text, and ask nobody but their own server", async () => {
    const { page, context, troubles, asked } = await opened();
    const origin = new URL(helper.link).origin;
    await each(page, async (name) => {
      assert.equal(await page.locator("img").count(), 0, name);
      assert.notEqual(await page.title(), "taken", name);
    });
    const foreign = asked.filter((url) => !url.startsWith(`${origin}/`));
    assert.deepEqual([foreign, troubles], [[], []]);
    await context.close();
  });

  for (const colorScheme of ["light", "dark"] as const)
    it(`give axe nothing to say, ${colorScheme}`, async () => {
      const { page, context } = await opened({ colorScheme });
      await each(page, (name) => judge(page, `${name}, ${colorScheme}`));
      await context.close();
    });

  it("fit 320 pixels and a zoom of 200 %, without scrolling sideways", async () => {
    const { page, context } = await opened();
    for (const viewport of [
      { width: 320, height: 640 },
      { width: 640, height: 450 },
    ]) {
      await page.setViewportSize(viewport);
      await each(page, async (name) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${name} at ${viewport.width}: ${wide} pixels too wide`);
      });
    }
    await context.close();
  });

  it("can be gone through by keyboard alone: skip link, lists by arrows, a pod by Enter, a machine's state", async () => {
    const { page, context } = await opened();
    const { keyboard } = page;
    const focused = (what: string): Promise<string> =>
      page.evaluate((attribute) => {
        const element = document.activeElement;
        return attribute === "text" ? (element?.textContent ?? "") : (element?.getAttribute(attribute) ?? "");
      }, what);
    await keyboard.press("Tab");
    assert.equal(await focused("text"), "To the page");
    await keyboard.press("Enter");
    assert.equal(await focused("id"), "main");
    assert.equal(await page.evaluate(() => location.hash), "#/");
    // Each list is one stop: the pods come within a few.
    const inPods = (): Promise<boolean> =>
      page.evaluate(() => document.activeElement?.closest('table[aria-label="Pods"]') !== null);
    for (let n = 0; n < 20 && !(await inPods()); n++) await keyboard.press("Tab");
    assert.ok(await inPods());
    await keyboard.press("End");
    assert.match(await focused("text"), /web-0/);
    await keyboard.press("Home");
    await keyboard.press("ArrowDown");
    assert.match(await focused("text"), /stubborn/);
    await keyboard.press("Enter");
    await settled(page, /stubborn/);
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
    await page.evaluate(() => void (location.hash = "#/tree"));
    await settled(page, /Who owns whom/);
    const inTree = (): Promise<boolean> =>
      page.evaluate(() => document.activeElement?.closest("[role=treegrid]") !== null);
    for (let n = 0; n < 20 && !(await inTree()); n++) await keyboard.press("Tab");
    const rows = (): Promise<number> => page.locator("[role=treegrid] tbody tr").count();
    const before = await rows();
    await keyboard.press("ArrowLeft");
    assert.equal(await rows(), 1);
    await keyboard.press("ArrowRight");
    assert.equal(await rows(), before);
    await context.close();
  });

  it("show one record in full, what it changed, and the way to its cause", async () => {
    const { page, context } = await opened({}, `#/pod/${stuck}`);
    await page.locator('table[aria-label="Events"] tbody tr', { hasText: "stopping.resting" }).click();
    const detail = page.locator('section[aria-label^="Record "]');
    await page.waitForSelector('table[aria-label="What it changed"]');
    assert.match((await detail.textContent()) ?? "", /ready/);
    await page.getByRole("button", { name: /Go to its cause/ }).click();
    assert.match((await page.textContent('section[aria-label^="Record "]')) ?? "", /StopPodSandbox/);
    await context.close();
  });

  it("show how often a state was come by, and how long one stayed", async () => {
    const { page, context } = await opened({}, "#/machine/sandbox");
    await page.getByLabel("this recording").check();
    const row = page.locator('table[aria-label^="States"] tbody tr', { hasText: /^ready/ });
    assert.match((await row.textContent()) ?? "", /^ready3/);
    await context.close();
  });

  it("offer no more than looking, and say why", async () => {
    const broken = stage.pod(9, { pod: "broken-0" });
    stage.enter(() => stage.recorder.gone(`sandbox/${broken}`, "quarantined", "crashed 5 times in 60 s"));
    const { page, context } = await opened();
    const button = page.getByRole("button", { name: "Try again" });
    assert.equal(await button.getAttribute("aria-disabled"), "true");
    assert.match((await page.locator(".card", { has: button }).textContent()) ?? "", /without --allow-actions/);
    await context.close();
  });

  it("say of a loop that stands still where it does, within a second, and when it turns again", async () => {
    const { page, context } = await opened();
    const directory = join(stage.runDir, "flight");
    const stall = { kind: "stalled", pid: process.pid, wall: Date.now(), mono: monoMs(), over: false } as const;
    const begun = performance.now();
    writeStall(directory, { ...stall, ms: 1000, stack: ["busyHook src/x.ts:12"], syscall: "fsync" });
    await settled(page, /The daemon stands still/);
    assert.ok(performance.now() - begun < 1000);
    assert.match((await page.textContent('section[aria-label="The daemon stands still"]')) ?? "", /fsync.*busyHook/);
    writeStall(directory, { ...stall, ms: 2000, stack: [], over: true });
    await settled(page, /not progressing/);
    await context.close();
  });

  it("say that a link was used, and let nobody in without one", async () => {
    const link = await helper.another();
    const first = await openPage(browser, link);
    await first.page.waitForSelector("h1 .mark");
    const second = await openPage(browser, link);
    await second.page.waitForSelector(".notice");
    assert.match((await second.page.textContent(".notice")) ?? "", /this link was used/);
    await first.page.reload();
    await first.page.waitForSelector("h1 .mark"); // a tab keeps its secret
    await first.context.close();
    await second.context.close();
  });
});
