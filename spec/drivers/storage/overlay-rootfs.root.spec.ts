import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, afterEach, describe, it } from "node:test";
import { mountsUnder } from "../../../src/drivers/linux/mountinfo.ts";
import { overlayApi, type OverlayApi } from "../../../src/drivers/linux/overlay.ts";
import { overlayRootfs } from "../../../src/drivers/storage/overlay-rootfs.ts";
import type { ContainerId } from "../../../src/vocabulary/index.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { rootfsContract } from "./rootfs.contract.ts";

const id = "e".repeat(64) as ContainerId;

/** A directory of its own with `count` layers, topmost first; each has a file `LAYER` and all have `same`. */
const disk = (count: number): { readonly dir: string; readonly layers: readonly string[] } => {
  const root = mkdtempSync("/var/lib/troupe/storage-");
  after(() => rmSync(root, { recursive: true }));
  const layers = Array.from({ length: count }, (_, index) => join(root, `layer-${index}-${"x".repeat(64)}`));
  for (const [index, layer] of layers.entries()) {
    mkdirSync(layer);
    writeFileSync(join(layer, String(index)), "");
    writeFileSync(join(layer, "same"), String(index));
  }
  return { dir: join(root, "containers"), layers };
};

const apis: readonly OverlayApi[] = ["fsconfig", "mount"];

for (const api of apis)
  for (const volatile of [true, false]) {
    const name = `${volatile ? "a volatile" : "a syncing"} overlay by ${api}`;

    rootfsContract(name, inTestNode, () => {
      const { dir, layers } = disk(3);
      return { rootfs: overlayRootfs({ dir, volatile, api }), layers };
    });

    describe(name, inTestNode, () => {
      const { dir, layers } = disk(120);
      const rootfs = overlayRootfs({ dir, volatile, api });
      const path = rootfs.path(id);

      afterEach(async () => {
        await rootfs.unmount(id);
        assert.deepEqual(mountsUnder(dir), []);
        assert.deepEqual(readdirSync(dir), []);
      });

      it("shows all of 120 layers, the topmost first", async () => {
        await rootfs.mount(id, layers);
        assert.equal(readdirSync(path).length, 121);
        assert.equal(readFileSync(join(path, "same"), "utf8"), "0");
      });

      it("takes a layer that comes twice at its topmost place", async () => {
        const [top = "", below = ""] = layers;
        await rootfs.mount(id, [below, top, below]);
        assert.equal(readFileSync(join(path, "same"), "utf8"), "1");
      });

      it("is empty without layers, and can be written", async () => {
        await rootfs.mount(id, []);
        assert.deepEqual(readdirSync(path), []);
        writeFileSync(join(path, "file"), "x");
        assert.equal(statSync(path).mode & 0o7777, 0o755);
      });

      it("leaves the layers as they are and has nothing of an earlier mount", async () => {
        for (const _ of [1, 2]) {
          await rootfs.mount(id, layers); // the second time over a mount that nobody has ended
          assert.equal(readFileSync(join(path, "same"), "utf8"), "0");
          writeFileSync(join(path, "same"), "changed");
        }
        assert.equal(readFileSync(join(layers[0] ?? "", "same"), "utf8"), "0");
      });

      it("has the owner and the mode of the topmost layer's root", async () => {
        const [top = "", ...rest] = layers;
        chownSync(top, 7, 8);
        chmodSync(top, 0o1750);
        await rootfs.mount(id, [top, ...rest]);
        const { uid, gid, mode } = statSync(path);
        assert.deepEqual([uid, gid, mode & 0o7777], [7, 8, 0o1750]);
      });

      it("is volatile exactly if it is to be", async () => {
        await rootfs.mount(id, layers);
        assert.equal(/\b(fsync=)?volatile\b/.test(mountsUnder(path)[0]?.options ?? ""), volatile);
      });

      it("goes also while somebody has a file of it open", async () => {
        await rootfs.mount(id, layers);
        const file = openSync(join(path, "same"), "r");
        await rootfs.unmount(id);
        closeSync(file);
      });

      it("goes also where another mount namespace has copied it", async () => {
        await rootfs.mount(id, layers);
        const other = spawn("unshare", ["-m", "--propagation", "private", "sh", "-c", "echo ready; cat"]);
        await once(other.stdout, "data");
        const copies = (): boolean => readFileSync(`/proc/${other.pid}/mountinfo`, "utf8").includes(path);
        assert.equal(copies(), true);
        await rootfs.unmount(id);
        assert.equal(copies(), false);
        other.stdin.end();
        await once(other, "exit");
      });
    });
  }

describe("root filesystems", inTestNode, () => {
  const { dir, layers } = disk(1);
  const rootfs = overlayRootfs({ dir, volatile: true });

  it("are mounted by the better call that this kernel has", async () => {
    assert.match(overlayApi(), /^(fsconfig|mount)$/);
    await rootfs.mount(id, layers);
    assert.equal(mountsUnder(rootfs.path(id)).length, 1);
    await rootfs.unmount(id);
  });

  it("say of which layer they fail", async () => {
    await assert.rejects(rootfs.mount(id, ["/var/lib/troupe/no-such-layer"]), {
      code: "Failed",
      message: /^cannot mount 1 layers for container eeeeeeeeeeee: ENOENT: .*no-such-layer/,
    });
    await rootfs.unmount(id);
  });

  it("of which nothing but the directory is there are debris, listed and removed", async () => {
    mkdirSync(join(dir, id, "upper/some/files"), { recursive: true });
    assert.deepEqual(await rootfs.list(), [id]);
    await rootfs.unmount(id);
    assert.equal(existsSync(join(dir, id)), false);
  });

  it("are not deleted as long as something lies under the mount point", async () => {
    mkdirSync(join(dir, id, "rootfs/not-ours"), { recursive: true });
    await assert.rejects(rootfs.unmount(id), { code: "Failed", message: /ENOTEMPTY/ });
    assert.equal(existsSync(join(dir, id, "rootfs/not-ours")), true);
  });

  it("refuse more layers than an old kernel's options can name", async () => {
    const many = disk(260);
    const old = overlayRootfs({ dir: many.dir, volatile: true, api: "mount" });
    await assert.rejects(old.mount(id, many.layers), { code: "Failed", message: /the kernel reads 4095/ });
    await old.unmount(id);
  });

  it("may have layers whose paths are longer than one value of fsconfig", async () => {
    const long = join(dir, ..."abcd".split("").map((name) => name.repeat(100)));
    mkdirSync(join(long, "inside"), { recursive: true });
    const other = "f".repeat(64) as ContainerId;
    await rootfs.mount(other, [long]);
    assert.deepEqual(readdirSync(rootfs.path(other)), ["inside"]);
    await rootfs.unmount(other);
  });
});
