/** What only a host with every capability can show: raised limits, privileged containers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { hostNetwork, type AppConfig, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";
import { inVm } from "./support/in-vm.ts";

describe("a container on a host with every capability", inVm, () => {
  let bed: TestBed;
  let pod: Pod;
  before(async () => {
    bed = await testBed({ name: "security", network: false });
    const security_context = { namespace_options: hostNetwork, privileged: true };
    pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod", { linux: { security_context } }));
    bed.rebase();
  });
  afterEach(() => bed.leavesNothing());
  after(async () => {
    await bed.kubelet.endPod(pod);
    await bed.end();
  });

  type Security = NonNullable<NonNullable<AppConfig["linux"]>["security_context"]>;
  /** What a container with this security says and ends with. */
  const sayingOf = async (name: string, script: string, security: Security): Promise<string> => {
    const { kubelet } = bed;
    const linux = { security_context: { namespace_options: hostNetwork, ...security } };
    const id = await kubelet.run(pod, name, script, { linux });
    const { exit_code } = await kubelet.exited(id, 20_000);
    const said = [...kubelet.log(pod, name), exit_code].join("; ");
    await kubelet.remove(id);
    return said;
  };
  it("that is privileged sees the host's cgroups, and switches nothing off in them", async () => {
    const options = /^cgroup2 \/sys\/fs\/cgroup cgroup2 .*,nsdelegate,memory_recursiveprot /m;
    assert.match(readFileSync("/proc/self/mounts", "utf8"), options);
    const script = "cat /proc/self/cgroup; ls /sys/fs/cgroup | grep -c slice$; grep CapEff /proc/self/status";
    const said = await sayingOf("privileged", script, { privileged: true });
    assert.match(said, /^0::\/troupe\/troupe-[0-9a-f]{64}; [1-9]\d*; CapEff:\s*[0-9a-f]*ffffffff; 0$/);
    assert.match(readFileSync("/proc/self/mounts", "utf8"), options);
  });

  it("may open as many files as its node's default lets it, though the daemon's own limits are others", async () => {
    assert.equal(await sayingOf("limits", "ulimit -Sn; ulimit -Hn", {}), "1024; 524288; 0");
  });
});
