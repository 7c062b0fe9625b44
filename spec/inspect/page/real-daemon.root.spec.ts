/**
 * The pages over a real daemon, its pods and its death. With TROUPE_PICTURES=1 the pages are pictured, light and dark, into
 * docs/images/.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { inBrowser, judge, openPage, picture, startBrowser } from "../../support/browser.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { startHelper, type Helper } from "../../support/page-helper.ts";
import { scriptedBed, type ScriptedPlugin } from "../../support/scripted-plugin.ts";
import type { TestBed } from "../../support/test-bed.ts";

const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

describe("the page of a real node", { ...inBrowser, ...inTestNode }, () => {
  let bed: TestBed;
  let plugin: ScriptedPlugin;
  let browser: Browser;
  let helper: Helper;

  before(async () => {
    ({ bed, plugin } = await scriptedBed("page"));
    browser = await startBrowser();
    helper = await startHelper(main, join(bed.place, "run"));
  });
  after(async () => {
    await browser.close();
    await helper.close();
    await bed.end();
  });

  const heading = (page: Page, text: string): Promise<unknown> =>
    page.waitForFunction((part) => document.querySelector("h1")?.textContent?.includes(part), text, {
      timeout: 15_000,
    });
  const go = async (page: Page, hash: string, text: string): Promise<void> => {
    await page.evaluate((to) => void (location.hash = to), hash);
    await heading(page, text);
  };
  it("names the pod that is stuck and why, shows each page, and goes on over the daemon's death", async () => {
    const { kubelet } = bed;
    const pods = [];
    for (const name of ["web-0", "web-1", "db-0", "old-0"]) {
      const pod = await kubelet.runPod(kubelet.podConfig(name));
      pods.push({ pod, app: await kubelet.run(pod, "app", "trap '' TERM; while :; do sleep 1; done") });
    }
    const [web, , db, old] = pods;
    plugin.on("DEL", `echo '{"cniVersion":"1.0.0","code":11,"msg":"dial tcp 10.0.0.1:443: i/o timeout"}'; exit 1`);
    await kubelet.cri.call("StopContainer", { container_id: old!.app, timeout: "0" });
    const stopping = kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: old!.pod.id }).catch(() => undefined);
    const deaf = kubelet.cri.call("StopContainer", { container_id: db!.app, timeout: "60" }).catch(() => undefined);

    const { page, context, troubles } = await openPage(browser, helper.link, {
      viewport: { width: 1140, height: 740 },
    });
    await heading(page, "1 of 4 pods is not progressing");
    const card = (await page.textContent(".card")) ?? "";
    assert.match(card, /old-0/);
    assert.match(card, /i\/o timeout/);
    assert.match(card, /next try/);
    await picture(page, "ui-node");
    await go(page, `#/pod/${db!.pod.id}`, "db-0");
    assert.match((await page.textContent(".card")) ?? "", /stopping\.waiting/);
    await judge(page, "a real pod");
    await picture(page, "ui-pod");
    await go(page, "#/machine/container", "The container machine");
    await page.getByLabel("this recording").check();
    await picture(page, "ui-machine");
    await go(page, "#/tree", "Who owns whom");
    await picture(page, "ui-tree");

    await bed.daemon.kill();
    await page.waitForSelector(".notice");
    await go(page, "#/", "No daemon; when it stopped: 1 of 4 pods");
    await Promise.all([stopping, deaf]);
    plugin.reset();
    await bed.daemon.start();
    await page.waitForFunction(() => document.querySelector(".notice") === null);
    await heading(page, "All is well");
    await kubelet.endPod(web!.pod);
    await page.waitForFunction(
      () => !document.querySelector('table[aria-label="Pods"]')?.textContent?.includes("web-0"),
    );
    assert.deepEqual(troubles, []);
    await context.close();
    for (const { pod } of pods.slice(1)) await kubelet.endPod(pod);
  });
});
