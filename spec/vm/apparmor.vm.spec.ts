/** Containers under AppArmor, which this host's kernel may not have: our default profile, the pod's, and signals through them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, afterEach, before, describe, it } from "node:test";
import { ProfileType } from "../../src/grpc/messages/security.ts";
import { eventually, hostNetwork, type AppConfig, type Pod } from "../support/kubelet.ts";
import { crun, runc, testBed, type TestBed } from "../support/test-bed.ts";
import { inVm } from "./support/in-vm.ts";

const named = `
profile troupe-spec flags=(attach_disconnected, mediate_deleted) {
  file,
  signal,
  deny /tmp/forbidden w,
}`;

/** As Ubuntu has them: whoever runs the program is of this profile and no longer unconfined. */
const ofRuntimes = Object.entries({ crun, runc })
  .map(
    ([name, path]) => `
profile ${name} ${path} flags=(attach_disconnected) {
  capability, network, file, mount, umount, remount, pivot_root, signal, ptrace, unix, change_profile -> **,
}`,
  )
  .join("\n");

const parse = (option: string, input: string) => execFileSync("apparmor_parser", [option], { input });
const profile = (profile_type: ProfileType, localhost_ref = "") => ({ profile_type, localhost_ref });

const confinement = "cat /proc/self/attr/current";
const own = "troupe-default (enforce); 0";

describe("a container on a host with AppArmor", inVm, () => {
  let bed: TestBed;
  const pods: Pod[] = [];
  before(async () => {
    parse("-Kr", named);
    bed = await testBed({ name: "apparmor", network: false });
    const { kubelet } = bed;
    const linux = { security_context: { namespace_options: hostNetwork, privileged: true } };
    for (const handler of ["crun", "runc"])
      pods.push(await kubelet.runPod(kubelet.podConfig(handler, { linux }), { handler }));
    bed.rebase();
  });
  afterEach(() => bed.leavesNothing());
  after(async () => {
    for (const pod of pods) await bed.kubelet.endPod(pod);
    await bed.end();
    parse("-R", named);
  });

  type Security = NonNullable<NonNullable<AppConfig["linux"]>["security_context"]>;
  const secured = (security: Security): AppConfig => ({
    linux: { security_context: { namespace_options: hostNetwork, ...security } },
  });
  /** What a container with this security says and ends with, under crun unless another pod is given. */
  const sayingOf = async (name: string, script: string, security: Security, pod = pods[0]!): Promise<string> => {
    const { kubelet } = bed;
    const id = await kubelet.run(pod, name, script, secured(security));
    const { exit_code } = await kubelet.exited(id, 20_000);
    // An exit waits two seconds for its log, in which a machine such as this may not come to write it.
    await eventually(`what ${name} said`, 20_000, () => kubelet.log(pod, name).length > 0 || undefined);
    const said = [...kubelet.log(pod, name), exit_code].join("; ");
    await kubelet.remove(id);
    return said;
  };

  it("is held by the default profile where its pod names none, or asks for it in new words or old", async () => {
    for (const pod of pods) assert.equal(await sayingOf("silent", confinement, {}, pod), own);
    assert.equal(await sayingOf("asking", confinement, { apparmor: profile(ProfileType.RuntimeDefault) }), own);
    assert.equal(await sayingOf("older", confinement, { apparmor_profile: "runtime/default" }), own);
  });

  it("is unconfined where it says so, or is privileged", async () => {
    const unconfined = profile(ProfileType.Unconfined);
    assert.equal(await sayingOf("unconfined", confinement, { apparmor: unconfined }), "unconfined; 0");
    assert.equal(await sayingOf("privileged", confinement, { privileged: true }), "unconfined; 0");
  });

  it("cannot mount and cannot write to the kernel's files, though its capabilities would let it", async () => {
    const script =
      "mount -t tmpfs none /mnt || echo no mount; echo 1 > /proc/sys/vm/swappiness || echo no sysctl; cat /proc/kcore || echo no memory; echo 5 > /proc/self/oom_score_adj && echo own";
    const capabilities = { add_capabilities: ["ALL"] };
    const said = await sayingOf("strong", `exec 2> /dev/null; mkdir -p /mnt; ${script}`, { capabilities });
    assert.equal(said, "no mount; no sysctl; no memory; own; 0");
  });

  it("may signal and be signalled by its own processes", async () => {
    assert.equal(await sayingOf("inside", "exec 2> /dev/null; sleep 600 & kill $!; wait $!; echo $?", {}), "143; 0");
  });

  it("hears its stop signal, also where the OCI runtime has a profile of its own", async () => {
    const { kubelet } = bed;
    const stopped = async (name: string, pod: Pod): Promise<string> => {
      const script = "trap 'echo told; exit 3' TERM; echo ready; while :; do sleep 1; done";
      const id = await kubelet.run(pod, name, script, secured({}));
      await kubelet.logged(pod, name, "ready", 20_000);
      await kubelet.stop(id, 60);
      const { exit_code } = await kubelet.status(id);
      await kubelet.remove(id);
      return [...kubelet.log(pod, name), exit_code].join("; ");
    };
    for (const pod of pods) assert.equal(await stopped("unconfined-runtime", pod), "ready; told; 3");
    parse("-Kr", ofRuntimes);
    try {
      for (const pod of pods) assert.equal(await stopped("confined-runtime", pod), "ready; told; 3");
    } finally {
      parse("-R", ofRuntimes);
    }
  });

  it("gets the default profile back when somebody has unloaded it", async () => {
    execFileSync("sh", ["-c", "printf %s troupe-default > /sys/kernel/security/apparmor/.remove"]);
    assert.equal(await sayingOf("again", confinement, {}), own);
  });

  it("is held by the profile that its pod names, of two fields by the newer one's", async () => {
    const script = `${confinement}; echo x > /tmp/allowed && echo allowed; echo x > /tmp/forbidden`;
    const held = /^troupe-spec \(enforce\); allowed; .*forbidden: Permission denied; 1$/;
    const apparmor = profile(ProfileType.Localhost, "localhost/troupe-spec");
    for (const pod of pods) assert.match(await sayingOf("new", script, { apparmor }, pod), held);
    assert.match(await sayingOf("old", script, { apparmor_profile: "localhost/troupe-spec" }), held);
    assert.match(await sayingOf("both", script, { apparmor, apparmor_profile: "localhost/no-such" }), held);
  });

  it("with a profile that is not loaded is refused in words at its creation", async () => {
    const config = (security: Security) => bed.kubelet.appConfig("unloaded", "true", secured(security));
    const refusal = {
      code: "INVALID_ARGUMENT",
      message: /AppArmor profile "no-such" is not loaded on this host; load it with apparmor_parser/,
    };
    for (const security of [
      { apparmor: profile(ProfileType.Localhost, "localhost/no-such") },
      { apparmor_profile: "localhost/no-such" },
      { apparmor: profile(ProfileType.Localhost, "no-such"), apparmor_profile: "localhost/troupe-spec" },
    ])
      await assert.rejects(bed.kubelet.create(pods[0]!, config(security)), refusal);
    const { containers } = await bed.kubelet.cri.call("ListContainers", {});
    assert.deepEqual(containers, []);
  });
});
