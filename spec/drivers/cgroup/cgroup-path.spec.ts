import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { composePath, directoryOf, parentDirectory, sliceDirectory } from "../../../src/drivers/cgroup/cgroup-path.ts";

const slice = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice";

describe("the cgroup of a container", () => {
  it("lies in the kubelet's parent, or in one of Troupe's", () => {
    assert.equal(
      composePath("cgroupfs", "troupe", "/kubepods/burstable/pod1", "c1"),
      "/kubepods/burstable/pod1/troupe-c1",
    );
    assert.equal(composePath("cgroupfs", "troupe", "pod1", "c1"), "/pod1/troupe-c1");
    assert.equal(composePath("cgroupfs", "troupe", "", "c1"), "/troupe/troupe-c1");
  });

  it("is a scope of the last slice under systemd", () => {
    assert.equal(composePath("systemd", "troupe", slice, "c1"), "kubepods-burstable-pod1_2.slice:troupe:c1");
    assert.equal(composePath("systemd", "troupe", "", "c1"), "system.slice:troupe:c1");
  });

  it("is refused where kubelet and node differ in their cgroup driver, saying what to do", () => {
    const same = /give the kubelet the same cgroupDriver$/;
    assert.throws(() => composePath("cgroupfs", "troupe", slice, "c1"), { code: "Invalid", message: same });
    assert.throws(() => composePath("systemd", "troupe", "/kubepods", "c1"), { code: "Invalid", message: same });
  });

  it("never leaves the hierarchy", () => {
    assert.throws(() => composePath("cgroupfs", "troupe", "/../etc", "c1"), { code: "Invalid" });
    assert.throws(() => parentDirectory("troupe", ".."), { code: "Invalid" });
  });

  it("is found again by its path, in either form", () => {
    assert.equal(directoryOf("troupe", "/kubepods/pod1/troupe-c1"), "/kubepods/pod1/troupe-c1");
    assert.equal(directoryOf("troupe", "kubepods-burstable-pod1_2.slice:troupe:c1"), `${slice}/troupe-c1.scope`);
    assert.equal(directoryOf("troupe", "system.slice:troupe:c1"), "/system.slice/troupe-c1.scope");
  });

  it("is not taken for another's: only names of ours can be removed", () => {
    for (const path of ["/", "/kubepods", "/kubepods/pod1", "system.slice:cri-o:c1", "/kubepods/troupe-c1/.."])
      assert.throws(() => directoryOf("troupe", path), { code: "Invalid", message: /is not one of a container/ }, path);
  });
});

describe("a slice", () => {
  it("lies in the slices that its name is made of", () => {
    assert.equal(sliceDirectory("a-b-c.slice"), "/a.slice/a-b.slice/a-b-c.slice");
    assert.equal(sliceDirectory("-.slice"), "/");
  });
});
