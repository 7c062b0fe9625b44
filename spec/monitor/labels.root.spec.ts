import assert from "node:assert/strict";
import { closeSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { makeFifo, openToFeed, openToRead } from "../../src/drivers/linux/fifo.ts";
import { getXattr } from "../../src/drivers/linux/xattrs.ts";
import { labelStreams } from "../../src/monitor/labels.ts";
import { inTestNode } from "../support/in-test-node.ts";

describe("the FIFOs of a container with an SELinux label", inTestNode, () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync("/run/labels-");
    mkdirSync(join(dir, "bundle"));
  });
  after(() => rmSync(dir, { recursive: true }));
  const configured = (linux: object): string => {
    writeFileSync(join(dir, "bundle/config.json"), JSON.stringify({ linux }));
    return join(dir, "bundle");
  };
  const labelOf = (fifo: string): string | undefined => getXattr(Buffer.from(fifo), "security.selinux")?.toString();

  it("bear it, and their other end has heard nothing of that", () => {
    const fifo = join(dir, "stdout");
    makeFifo(fifo);
    const reader = openToRead(fifo);
    const label = "system_u:object_r:container_file_t:s0:c1,c2";
    labelStreams(true)(configured({ mountLabel: label }), [fifo]);
    assert.equal(labelOf(fifo), `${label}\0`);
    const writer = openToFeed(fifo);
    for (const fd of [reader, writer]) closeSync(fd);
  });

  it("bear none where the container has none, or SELinux is off", () => {
    const fifo = join(dir, "stderr");
    makeFifo(fifo);
    labelStreams(true)(configured({}), [fifo]);
    labelStreams(false)(configured({ mountLabel: "u:r:t:s0" }), [fifo]);
    assert.equal(labelOf(fifo), undefined);
  });
});
