import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { profilesIn } from "../../../src/drivers/oci/apparmor.ts";
import { profileText } from "../../../src/drivers/oci/apparmor-profile.ts";

const text = (daemon = "unconfined", abi = false) => profileText({ name: "troupe-default", daemon, abi });
const lines = (of: string) => of.split("\n").map((line) => line.trim());

describe("the default AppArmor profile", () => {
  it("lets signals in from the OCI runtimes, from who is unconfined and from its own kind, and none out to them", () => {
    for (const peer of ["unconfined", "crun", "runc"])
      assert.ok(lines(text()).includes(`signal (receive) peer="${peer}",`), peer);
    assert.ok(lines(text()).includes('signal (send, receive) peer="troupe-default",'));
    assert.equal(lines(text()).filter((line) => /signal.*send/.test(line)).length, 1);
  });

  it("lets signals in from the daemon's own profile, whatever it is called", () => {
    assert.ok(lines(text("/usr/bin/node (enforce)")).includes('signal (receive) peer="/usr/bin/node",'));
    assert.equal(text("unconfined"), text("crun (complain)"));
  });

  it("pins the meaning of its rules where the host has that version's", () => {
    assert.match(text("unconfined", true), /^abi <abi\/3\.0>,\n/);
    assert.doesNotMatch(text(), /^abi/m);
  });

  /** A pattern of apparmor.d(5) as a regular expression, for those that are used here. */
  const matches = (pattern: string, path: string): boolean =>
    new RegExp(`^${pattern.replaceAll("**", "\0").replaceAll("*", "[^/]*").replaceAll("\0", ".*")}$`).test(path);
  const denied = lines(text()).flatMap((line) => /^deny (\/\S+) (\w+),$/.exec(line)?.slice(1, 3) ?? []);
  const denies = (path: string, access: string): boolean =>
    denied.some((pattern, n) => n % 2 === 0 && denied[n + 1]?.includes(access) && matches(pattern, path));

  it("denies writes to the kernel's files, and reads of those that tell of the host", () => {
    const host = [
      "/proc/sysrq-trigger",
      "/proc/acpi/wakeup",
      "/proc/fs/nfsd/x",
      "/proc/irq/1/smp_affinity",
      "/proc/scsi/scsi",
      "/proc/tty/drivers",
      "/proc/sys/vm/swappiness",
      "/proc/sys/kernel/core_pattern",
      "/proc/sys/kernel/sysrq",
      "/proc/sys/kernel/shrink",
      "/sys/kernel/debug/x",
      "/sys/fs/bpf/x",
      "/sys/class/net/eth0/mtu",
    ];
    for (const path of host) assert.ok(denies(path, "w"), path);
    for (const path of ["/proc/kcore", "/sys/firmware/efi/x", "/sys/kernel/security/apparmor/profiles"])
      assert.ok(denies(path, "r"), path);
  });

  it("leaves what is a process's own, and its cgroup", () => {
    const own = [
      "/proc/1/oom_score_adj",
      "/proc/self/comm",
      "/proc/thread-self/comm",
      "/proc/sys/kernel/shm_rmid_forced",
      "/sys/fs/cgroup/memory.high",
      "/etc/proc/x",
    ];
    for (const path of own) assert.ok(!denies(path, "w"), path);
  });

  it("is found among the loaded ones by its name, which may have blanks", () => {
    assert.deepEqual(profilesIn("troupe-default (enforce)\nmy own (complain)\n"), ["troupe-default", "my own", ""]);
  });
});
