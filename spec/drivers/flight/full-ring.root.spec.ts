/** A ring in a memory file system that is full: what happens now matters more than what was. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { FileRing } from "../../../src/drivers/flight/file-ring.ts";
import { textsIn } from "../../../src/drivers/flight/reading.ts";
import { inTestNode } from "../../support/in-test-node.ts";

const place = "/run/full-ring";
const line = `${"x".repeat(4095)}\n`;

describe("a ring without room", inTestNode, () => {
  before(() => {
    mkdirSync(place);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "full-ring", place]);
  });
  after(() => {
    execFileSync("umount", [place]);
    rmSync(place, { recursive: true });
  });

  it("gives up its oldest segment, then counts what it cannot write, and goes on when there is room", () => {
    const directory = join(place, "flight");
    const ring = new FileRing({ directory, segmentBytes: 16 * 4096, segments: 4 });
    for (let n = 0; n < 20; n++) ring.append(line);
    const filler = join(place, "filler");
    const { bfree, bsize } = statfsSync(place);
    writeFileSync(filler, Buffer.alloc(bfree * bsize));
    assert.equal(textsIn(directory).length, 2);
    ring.append(`${"y".repeat(4095)}\n`);
    assert.equal(ring.health.failures, 0);
    assert.equal(textsIn(directory).length, 1, "the older segment made room");
    assert.match(textsIn(directory).join(""), /y{4095}\n$/);

    const { bfree: left, bsize: block } = statfsSync(place);
    writeFileSync(join(place, "more"), Buffer.alloc(left * block));
    ring.append(line);
    assert.equal(ring.health.failures, 1);
    assert.match(ring.health.trouble ?? "", /ENOSPC|no space/i);
    rmSync(filler);
    ring.append("last\n");
    assert.equal(ring.health.trouble, undefined);
    assert.match(textsIn(directory).join(""), /\nlast\n$/);
    ring.close();
  });
});
