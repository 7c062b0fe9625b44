import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mount, unmount } from "../../../src/drivers/linux/mount.ts";

describe("a mount", () => {
  it("with more options than the kernel reads is refused, for it would cut them in silence", () => {
    assert.throws(() => mount("overlay", "/nowhere", "overlay", 0, `lowerdir=${"/a:".repeat(1400)}`), {
      name: "RangeError",
      message: /options of \/nowhere are 4209 bytes long, the kernel reads 4095/,
    });
  });
});

describe("an unmount", () => {
  it("of a path that is not there is fine", () => {
    unmount("/nowhere/at/all", { detach: true });
  });
});
