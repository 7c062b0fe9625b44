import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { cgroups } from "../../../src/drivers/cgroup/host-cgroups.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { cgroupsContract } from "./cgroups.contract.ts";

const host = cgroups({ driver: "cgroupfs" });
const { hierarchies } = host.facts;
const placesOf = (path: string): string[] => hierarchies.map((hierarchy) => join(hierarchy, path));
const exists = (path: string): boolean => placesOf(path).some(existsSync);

/** v1: a cpuset takes no process before it has CPUs and nodes, from the root down. */
const make = (hierarchy: string, path: string): string => {
  let at = hierarchy;
  for (const name of path.split("/").filter(Boolean)) {
    const parent = at;
    at = join(at, name);
    mkdirSync(at, { recursive: true });
    for (const file of ["cpuset.cpus", "cpuset.mems"])
      if (host.layout !== "v2" && existsSync(join(at, file)))
        writeFileSync(join(at, file), readFileSync(join(parent, file)));
  }
  return at;
};

/** A living process in a cgroup at this path in each hierarchy. */
const occupy = async (path: string): Promise<ChildProcess> => {
  const child = spawn("sleep", ["1000"], { stdio: "ignore" });
  await once(child, "spawn");
  for (const hierarchy of hierarchies) writeFileSync(join(make(hierarchy, path), "cgroup.procs"), String(child.pid));
  return child;
};

cgroupsContract("the host's", inTestNode, async () => ({
  cgroups: host,
  occupied: async (path) => void (await occupy(path)),
  exists,
  dispose: async () => assert.equal(exists("/troupe"), false),
}));

describe("a container's cgroup", inTestNode, () => {
  it("is removed with the cgroups that the container made in it", async () => {
    const path = host.cgroupsPath("", "nested");
    const outer = await occupy(path);
    const inner = await occupy(`${path}/a/b`);
    const ends = [once(outer, "exit"), once(inner, "exit")];
    await host.remove(path);
    assert.equal(exists(path), false);
    assert.deepEqual(await Promise.all(ends), [
      [null, "SIGKILL"],
      [null, "SIGKILL"],
    ]);
    await host.removeParent("");
  });

  it("is removed while it is frozen", async () => {
    const path = host.cgroupsPath("", "frozen");
    await occupy(path);
    const freeze = placesOf(path).flatMap((at) => [
      [join(at, "freezer.state"), "FROZEN"] as const,
      [join(at, "cgroup.freeze"), "1"] as const,
    ]);
    const [file, state] = freeze.find(([file]) => existsSync(file)) ?? assert.fail("nothing to freeze with");
    writeFileSync(file, state);
    await host.remove(path);
    assert.equal(exists(path), false);
    await host.removeParent("");
  });

  it("that cannot be emptied is told of with what holds it, after the bound", async () => {
    const path = host.cgroupsPath("", "held");
    const impatient = cgroups({ driver: "cgroupfs", boundMs: 100 });
    // Ourselves, whom a removal spares.
    const [hierarchy = ""] = hierarchies;
    writeFileSync(join(make(hierarchy, path), "cgroup.procs"), String(process.pid));
    try {
      await assert.rejects(impatient.remove(path), {
        code: "Unavailable",
        message: new RegExp(`could not be removed within 100 ms: processes ${process.pid} do not end`),
      });
    } finally {
      writeFileSync(join(hierarchy, "cgroup.procs"), String(process.pid));
    }
    await host.remove(path);
    await host.removeParent("");
    assert.equal(exists("/troupe"), false);
  });
});
