/** What only a host with AppArmor and with every capability can show: profiles, raised limits, privileged containers. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { ProfileType } from "../../src/grpc/messages/security.ts";
import { hostNetwork, type AppConfig, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";
import { inVm } from "./support/in-vm.ts";

const profile = `
profile troupe-spec flags=(attach_disconnected, mediate_deleted) {
  file,
  signal,
  deny /tmp/forbidden w,
}`;

describe("a container on a host with AppArmor", inVm, () => {
  let bed: TestBed;
  let pod: Pod;
  before(async () => {
    execFileSync("apparmor_parser", ["-Kr"], { input: profile });
    bed = await testBed({ name: "security", network: false });
    const security_context = { namespace_options: hostNetwork, privileged: true };
    pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod", { linux: { security_context } }));
    bed.rebase();
  });
  afterEach(() => bed.leavesNothing());
  after(async () => {
    await bed.kubelet.endPod(pod);
    await bed.end();
    execFileSync("apparmor_parser", ["-R"], { input: profile });
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
  const confinement = "cat /proc/self/attr/current";

  it("is unconfined where its pod names no profile, and where it says so", async () => {
    const unconfined = { profile_type: ProfileType.Unconfined };
    assert.equal(await sayingOf("silent", confinement, {}), "unconfined; 0");
    assert.equal(await sayingOf("saying-so", confinement, { apparmor: unconfined }), "unconfined; 0");
  });

  it("is held by the profile that its pod names", async () => {
    const apparmor = { profile_type: ProfileType.Localhost, localhost_ref: "localhost/troupe-spec" };
    const script = `${confinement}; echo x > /tmp/allowed && echo allowed; echo x > /tmp/forbidden`;
    const said = await sayingOf("confined", script, { apparmor });
    assert.match(said, /^troupe-spec \(enforce\); allowed; .*forbidden: Permission denied; 1$/);
  });

  it("with a profile that is not loaded is refused in words", async () => {
    const apparmor = { profile_type: ProfileType.Localhost, localhost_ref: "localhost/no-such" };
    await assert.rejects(sayingOf("unloaded", "true", { apparmor }), {
      code: "INVALID_ARGUMENT",
      message: /AppArmor profile "no-such" is not loaded on this host; load it with apparmor_parser/,
    });
    const { containers } = await bed.kubelet.cri.call("ListContainers", {});
    assert.deepEqual(containers, []);
  });

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
