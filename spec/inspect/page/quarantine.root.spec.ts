/** Who crashed too often on a real node, in the page: let out of quarantine by a button, where the page may act at all. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { containerActorId, podActorId } from "../../../src/vocabulary/index.ts";
import { inBrowser, judge, openPage, startBrowser } from "../../support/browser.ts";
import { newestProgram } from "../../support/daemon.ts";
import { fault, withFaults } from "../../support/faulty-actor.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import type { Pod } from "../../support/kubelet.ts";
import { startHelper, type Helper } from "../../support/page-helper.ts";
import { testBed, type TestBed } from "../../support/test-bed.ts";

describe("quarantine in the page of a real node", { ...inBrowser, ...inTestNode }, () => {
  let bed: TestBed;
  let browser: Browser;
  let looking: Helper;
  let acting: Helper;
  before(async () => {
    bed = await testBed({ name: "quarantine", fromSources: true, nodeArgs: withFaults() });
    const runDir = join(bed.place, "run");
    browser = await startBrowser();
    [looking, acting] = await Promise.all([
      startHelper(newestProgram(), runDir),
      startHelper(newestProgram(), runDir, "--allow-actions"),
    ]);
    bed.rebase();
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(async () => {
    await browser.close();
    await Promise.all([looking.close(), acting.close()]);
    await bed.end();
  });

  const opened = async (helper: Helper): Promise<Page> => {
    const { page } = await openPage(browser, await helper.another());
    await page.waitForSelector("h1 .mark");
    return page;
  };

  /** A pod with a container, of which the actor crashes at whatever it takes until it is in quarantine. */
  const quarantined = async (
    name: string,
    actorOf: (pod: Pod, container: string) => string,
  ): Promise<{ readonly pod: Pod; readonly actor: string }> => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig(name));
    const container = await kubelet.run(pod, "app", "sleep 7200");
    const actor = actorOf(pod, container);
    const told = daemon.line((line) => line.includes(`${actor} is quarantined`));
    fault(daemon, actor);
    await Promise.allSettled([kubelet.stop(container)]); // that it takes something
    await told;
    fault(daemon, undefined);
    return { pod, actor };
  };

  it("a container is let out by the button, goes on where its record says, and can be stopped", async () => {
    const { pod } = await quarantined("broken", (_, container) => containerActorId(container));
    const page = await opened(acting);
    const card = page.locator(".card", { hasText: "e2e/broken · app" });
    const button = card.getByRole("button", { name: "Try again" });
    await button.waitFor();
    assert.match((await card.textContent()) ?? "", /quarantined: it crashed too often.*a mistake in the machine/s);
    await judge(page, "a quarantined container");
    await button.focus();
    await page.keyboard.press("Enter");
    await card.waitFor({ state: "detached" });
    await page.getByRole("heading", { level: 1, name: /^All is well/ }).waitFor();
    await bed.kubelet.endPod(pod);
    await page.context().close();
  });

  it("so is a whole pod", async () => {
    const { pod } = await quarantined("fallen", ({ id }) => podActorId(id));
    const page = await opened(acting);
    const card = page.locator(".card", { hasText: "e2e/fallen · pod" });
    await card.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { level: 1, name: /^All is well/ }).waitFor();
    await bed.kubelet.endPod(pod);
    await page.context().close();
  });

  it("without --allow-actions the button says why it does nothing, and the server refuses who asks all the same", async () => {
    const { pod, actor } = await quarantined("kept", (_, container) => containerActorId(container));
    const page = await opened(looking);
    const card = page.locator(".card", { hasText: "e2e/kept · app" });
    const button = card.getByRole("button", { name: "Try again" });
    assert.equal(await button.getAttribute("aria-disabled"), "true");
    await button.click({ force: true });
    const refused = await page.evaluate(async (asked) => {
      const headers = { "x-troupe-secret": sessionStorage.getItem("troupe-secret") ?? "" };
      const answer = await fetch(`retry?actor=${encodeURIComponent(asked)}`, { method: "POST", headers });
      return [answer.status, await answer.text()];
    }, actor);
    assert.deepEqual(refused, [403, "troupe ui was started without --allow-actions\n"]);
    assert.match((await card.textContent()) ?? "", /quarantined/);
    await page.context().close();
    const other = await opened(acting);
    await other.getByRole("button", { name: "Try again" }).click();
    await other.getByRole("heading", { level: 1, name: /^All is well/ }).waitFor();
    await bed.kubelet.endPod(pod);
    await other.context().close();
  });
});
