/**
 * Six pods that are stuck for real. Of each the commands, the page of the node and the error that the kubelet prints name what
 * it truly waits for, within a second, and say what ends it.
 */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { after, afterEach, before, describe, it } from "node:test";
import { within } from "../../scripts/slow.ts";
import type { FakeRegistry } from "../drivers/images/fake-registry.ts";
import { inBrowser } from "../support/browser.ts";
import { troupeIn } from "../support/command.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { scriptedPlugin, useNetwork, type ScriptedPlugin } from "../support/scripted-plugin.ts";
import { stageRegistry, type Staged } from "../support/stage-registry.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";
import { OpenNodePage, type Shown } from "./six-stuck-pods/node-page.ts";
import type { Stuck } from "./six-stuck-pods/situation.ts";
import { situations } from "./six-stuck-pods/situations.ts";

/** A command starts from sources, slowly on a machine that runs other specs; the page is there already. */
const [explainedWithinMs, shownWithinMs] = [within(6_000), within(1_000)];
const hasBrowser = !("skip" in inBrowser);

describe("six pods that are stuck", inTestNode, () => {
  const repositories = new Map<string, Staged>();
  const held: ServerResponse[] = [];
  let registry: FakeRegistry;
  let bed: TestBed;
  let plugin: ScriptedPlugin;
  let page: OpenNodePage | undefined;
  before(async () => {
    registry = await stageRegistry(repositories);
    bed = await testBed({ name: "six", registries: [registry.host] });
    plugin = scriptedPlugin(bed);
    await useNetwork(bed, [plugin.entry]);
    if (hasBrowser) page = await OpenNodePage.of(bed.daemon.runDir);
    bed.rebase();
  });
  after(async () => {
    await page?.close();
    await bed.end();
    await registry[Symbol.asyncDispose]();
  });

  for (const { title, stage, refusal, explain, page: pageSays } of situations)
    describe(title, () => {
      let stuck: Stuck | undefined;
      let shown: Promise<Shown> | undefined;
      let passed = true;
      let begun = 0;
      before(async () => {
        begun = Date.now();
        shown = page?.shows(pageSays.says);
        shown?.catch(() => undefined); // told by its own spec
        stuck = await stage({ bed, plugin, registry, repositories, held });
      });
      afterEach((spec) => {
        passed &&= "passed" in spec && spec.passed;
      });
      after(async () => {
        await stuck?.free();
        await bed.leavesNothing({ passed });
      });

      it("troupe explain names it, at once", async () => {
        const { of, atRest = false, says } = explain;
        const begun = performance.now();
        const asked = ["explain", ...(of === undefined ? [] : [of]), "--stuck-after", "0"];
        const { status, text, complaint } = await troupeIn(bed.place, ...asked);
        const ms = performance.now() - begun;
        const line = text.replace(/\s+/g, " ");
        assert.equal(status, atRest ? 0 : 1, `${text}${complaint}`);
        for (const part of says) assert.match(line, part);
        assert.ok(ms < explainedWithinMs, `explained in ${Math.round(ms)} ms`);
      });

      it("the page of the node says so within a second, and what ends it", inBrowser, async (test) => {
        const { at, text } = await shown!;
        const ms = at - (page?.recordedAt(begun, pageSays.since) ?? 0);
        test.diagnostic(`${ms} ms: ${text}`);
        assert.ok(ms < shownWithinMs, `shown after ${ms} ms`);
      });

      it("the kubelet is told, in time", () => assert.rejects(stuck!.asked, { message: refusal }));
    });
});
