import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MountEntry } from "../../../../src/drivers/linux/mountinfo.ts";
import { checkPropagation, rootPropagation } from "../../../../src/drivers/oci/spec/propagation.ts";

const mount = (mountPoint: string, shared: boolean, slave: boolean): MountEntry => ({
  ...{ mountPoint, shared, slave, device: "8:1", type: "ext4", source: "/dev/vda", options: "rw" },
});
const mounts = [
  mount("/", true, false),
  mount("/private", false, false),
  mount("/private/slave", false, true),
  mount("/hidden", true, false),
  mount("/hidden", false, false),
];

describe("mount propagation", () => {
  it("to the container needs a shared or slave mount on the host, both ways a shared one", () => {
    checkPropagation("/anything", "bidirectional", mounts);
    checkPropagation("/private/slave/x", "hostToContainer", mounts);
    checkPropagation("/private/x", "private", mounts);
    assert.throws(() => checkPropagation("/private/slave", "bidirectional", mounts), {
      code: "Invalid",
      message: /mounted on "\/private\/slave", which is not a shared mount.*mount --make-rshared \/private\/slave$/,
    });
    assert.throws(() => checkPropagation("/private/x", "hostToContainer", mounts), {
      message: /not a shared or slave mount/,
    });
  });

  it("is judged by the mount on top, and not by one whose name only begins alike", () => {
    assert.throws(() => checkPropagation("/hidden/x", "bidirectional", mounts), { code: "Invalid" });
    checkPropagation("/private2", "bidirectional", mounts);
  });

  it("of the root is the strongest that a volume asks for", () => {
    assert.equal(rootPropagation([{ propagation: "private" }]), undefined);
    assert.equal(rootPropagation([{ propagation: "hostToContainer" }, { propagation: "private" }]), "rslave");
    assert.equal(rootPropagation([{ propagation: "hostToContainer" }, { propagation: "bidirectional" }]), "rshared");
  });
});
