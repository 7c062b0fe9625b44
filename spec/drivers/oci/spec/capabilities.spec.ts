import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { capabilities, capabilitiesIn, type CapabilityRequest } from "../../../../src/drivers/oci/spec/capabilities.ts";

const bounding = ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_SYS_ADMIN"];
const defaults = ["CAP_CHOWN", "CAP_KILL", "CAP_SETPCAP"];
const of = (request: Partial<CapabilityRequest>) => {
  const plain = { privileged: false, addCapabilities: [], dropCapabilities: [], addAmbientCapabilities: [] };
  return capabilities({ ...plain, ...request }, bounding, defaults);
};

describe("the capabilities of a container", () => {
  it("are the defaults that we have ourselves, in three sets, and never inheritable", () => {
    const set = ["CAP_CHOWN", "CAP_KILL"];
    assert.deepEqual(of({}), { bounding: set, effective: set, permitted: set, inheritable: [], ambient: [] });
  });

  it("take adds, then drops, in any spelling", () => {
    const request = { addCapabilities: ["net_raw", "CAP_SYS_ADMIN"], dropCapabilities: ["KILL", "cap_sys_admin"] };
    assert.deepEqual(of(request).bounding, ["CAP_CHOWN", "CAP_NET_RAW"]);
  });

  it("are all of ours with ALL, or none of the defaults", () => {
    assert.deepEqual(of({ addCapabilities: ["ALL"], dropCapabilities: ["CHOWN"] }).bounding, bounding.slice(1));
    assert.deepEqual(of({ dropCapabilities: ["all"] }).bounding, []);
    assert.deepEqual(of({ dropCapabilities: ["ALL"], addCapabilities: ["KILL"] }).bounding, ["CAP_KILL"]);
    assert.deepEqual(of({ addCapabilities: ["ALL"], dropCapabilities: ["ALL"] }).bounding, bounding);
  });

  it("are all of ours for a privileged container, whatever it drops", () => {
    assert.deepEqual(of({ privileged: true, dropCapabilities: ["ALL"] }).effective, bounding);
  });

  it("are inheritable only where they are to be ambient, as the kernel wants it", () => {
    const { inheritable, ambient, permitted } = of({ addAmbientCapabilities: ["NET_RAW"] });
    assert.deepEqual([inheritable, ambient], [["CAP_NET_RAW"], ["CAP_NET_RAW"]]);
    assert.ok(permitted.includes("CAP_NET_RAW"));
  });

  it("are refused where they are unknown, or not ours to give", () => {
    assert.throws(() => of({ addCapabilities: ["FLY"] }), {
      code: "Invalid",
      message: 'capability "FLY" is not known',
    });
    assert.throws(() => of({ dropCapabilities: ["FLY"] }), { code: "Invalid" });
    const message = "capability CAP_SYS_RESOURCE cannot be given: this daemon's own bounding set does not have it";
    assert.throws(() => of({ addCapabilities: ["SYS_RESOURCE"] }), { code: "Invalid", message });
  });

  it("are read from the kernel's mask, bits that nobody knows left out", () => {
    assert.deepEqual(capabilitiesIn(0x21n), ["CAP_CHOWN", "CAP_KILL"]);
    assert.equal(capabilitiesIn(0xffff_ffff_ffffn).length, 41);
    assert.equal(capabilitiesIn(1n << 40n)[0], "CAP_CHECKPOINT_RESTORE");
  });
});
