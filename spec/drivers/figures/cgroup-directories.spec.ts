import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  directoriesAt,
  directoriesOf,
  directoriesOfContainer,
} from "../../../src/drivers/figures/cgroup-directories.ts";
import { parseMemberships } from "../../../src/drivers/linux/cgroup-membership.ts";

const id = "c".repeat(64);
const found = (text: string) => directoriesOf(id, parseMemberships(text));

describe("where a container's cgroup is", () => {
  for (const [how, path, directory] of [
    ["a cgroup by its name", `/kubepods/podX/troupe-${id}`, `/kubepods/podX/troupe-${id}`],
    ["runc's scope", `/kubepods.slice/troupe-${id}.scope`, `/kubepods.slice/troupe-${id}.scope`],
    ["crun's cgroup in its scope", `/a.slice/troupe-${id}.scope/container`, `/a.slice/troupe-${id}.scope/container`],
    ["what a container made below is the container's", `/troupe/troupe-${id}/init.scope`, `/troupe/troupe-${id}`],
    ["in crun's, too", `/a.slice/troupe-${id}.scope/container/x/y`, `/a.slice/troupe-${id}.scope/container`],
  ] as const)
    it(`v2: ${how}`, () => {
      const directories = found(`0::${path}\n`);
      assert.deepEqual([directories?.version, directories?.of("memory")], [2, `/sys/fs/cgroup${directory}`]);
    });

  it("v1, and beside a v2 without controllers: a directory for each controller", () => {
    const directories = found(
      `4:memory:/troupe/troupe-${id}\n3:cpu,cpuacct:/troupe/troupe-${id}/below\n1:name=systemd:/\n0::/troupe/troupe-${id}\n`,
    );
    assert.equal(directories?.version, 1);
    assert.equal(directories?.of("memory"), `/sys/fs/cgroup/memory/troupe/troupe-${id}`);
    assert.equal(directories?.of("cpuacct"), `/sys/fs/cgroup/cpu,cpuacct/troupe/troupe-${id}`);
    assert.equal(directories?.of("hugetlb"), undefined);
  });

  it("a process of somebody else has none, nor has one that has ended", () => {
    assert.equal(found("0::/init.scope\n"), undefined);
    assert.equal(directoriesOfContainer(id, process.pid), undefined);
    assert.equal(directoriesOfContainer(id, 2 ** 22 + 1), undefined);
  });

  it("a pod's is at its path below each hierarchy", () => {
    assert.match(directoriesAt("/kubepods/podX").of("memory") ?? "", /^\/sys\/fs\/cgroup(\/.*)?\/kubepods\/podX$/);
  });
});
