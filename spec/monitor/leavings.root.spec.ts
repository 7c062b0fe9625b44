import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { join } from "node:path";
import { makeFifo, openToRead } from "../../src/drivers/linux/fifo.ts";
import { closeSync } from "node:fs";
import { within } from "../../scripts/slow.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { daemonIn, gone, makeRunDir, removeDirs, type Daemon } from "./support/daemon.ts";
import { PlainContainer } from "./support/plain-container.ts";

describe("what a failed command leaves in a container's processes", inTestNode, () => {
  let runDir: string;
  let scratch: string;
  let daemon: Daemon;
  let pid: number;
  beforeEach(async () => {
    runDir = makeRunDir();
    scratch = makeRunDir();
    daemon = daemonIn(runDir);
    ({ pid } = await daemon.link.connect(daemon.listener));
  });
  afterEach(async () => {
    daemon.link.close();
    await gone(pid);
    removeDirs(runDir, scratch);
  });

  /** A creation whose OCI runtime does not come back: resolves when it was ended at its bound. */
  const hangs = (): { readonly other: PlainContainer; readonly overrun: Promise<void> } => {
    const other = new PlainContainer(scratch, { command: ["true"] });
    const argv = ["/bin/sh", "-c", "exec sleep 60"] as const;
    const hung = daemon.link.create({ ...other.request, argv, boundMs: within(6000) });
    return { other, overrun: assert.rejects(hung, { code: "Overdue" }) };
  };

  const putAway = async (container: PlainContainer): Promise<void> => {
    container.delete();
    await daemon.link.acknowledge(container.id);
    await daemon.link.forget(container.id);
  };

  it("does not keep the container from its end while the creation of another one hangs", async () => {
    const container = new PlainContainer(scratch, { command: ["sleep", "60"] });
    await daemon.link.create(container.request);
    container.start();
    const { other, overrun } = hangs();

    makeFifo(join(scratch, "heard"));
    const heard = openToRead(join(scratch, "heard"));
    const exec = container.exec(["nosuch"], join(scratch, "heard"), join(scratch, "heard"));
    await assert.rejects(daemon.link.exec(exec), { code: "Invalid" });
    closeSync(heard);
    container.kill("KILL");
    const begun = performance.now();
    await daemon.exitOf(container.id);
    // The kernel keeps the first process of a namespace until all others in it are taken away.
    assert.ok(performance.now() - begun < within(3000), "it waited for the creation");

    await overrun;
    other.delete();
    await putAway(container);
  });

  it("is not mistaken for what others start meanwhile, several at once", async () => {
    const { other, overrun } = hangs();
    const lives = async (command: readonly string[], code: number): Promise<void> => {
      const container = new PlainContainer(scratch, { command });
      await daemon.link.create(container.request);
      container.start();
      const { at: _, ...exit } = await daemon.exitOf(container.id);
      assert.deepEqual(exit, { oomKilled: false, code });
      await putAway(container);
    };
    for (let n = 0; n < 10; n++)
      await Promise.all([lives(["true"], 0), lives(["sh", "-c", "exit 1"], 1), lives(["true"], 0)]);
    await overrun;
    other.delete();
  });
});
