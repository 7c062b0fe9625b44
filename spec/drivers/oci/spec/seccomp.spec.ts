import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parseProfile, seccomp, type Profile } from "../../../../src/drivers/oci/spec/seccomp.ts";

const amd64 = { architecture: "amd64", kernel: "6.1.0" };
const allow = "SCMP_ACT_ALLOW";
const namesOf = (syscalls: Profile["syscalls"], caps: readonly string[] = [], host = amd64) =>
  seccomp({ defaultAction: "SCMP_ACT_ERRNO", syscalls: syscalls ?? [] }, "p.json", host, caps).syscalls.flatMap(
    ({ names }) => names,
  );

describe("a seccomp profile", () => {
  it("keeps rules for this machine, this kernel and these capabilities", () => {
    const rules = [
      { names: ["always"], action: allow },
      { names: ["arch"], action: allow, includes: { arches: ["amd64", "x32"] } },
      { names: ["other-arch"], action: allow, includes: { arches: ["arm64"] } },
      { names: ["both-caps"], action: allow, includes: { caps: ["CAP_A", "CAP_B"] } },
      { names: ["without-cap"], action: allow, excludes: { caps: ["CAP_A"] } },
      { names: ["not-here"], action: allow, excludes: { arches: ["amd64"] } },
      { names: ["new-kernel"], action: allow, includes: { minKernel: "6.2" } },
      { names: ["old-kernel"], action: allow, excludes: { minKernel: "6.2" } },
    ];
    assert.deepEqual(namesOf(rules), ["always", "arch", "without-cap", "old-kernel"]);
    assert.deepEqual(namesOf(rules, ["CAP_A"]), ["always", "arch", "old-kernel"]);
    assert.deepEqual(namesOf(rules, ["CAP_A", "CAP_B"], { architecture: "arm64", kernel: "6.2" }), [
      "always",
      "other-arch",
      "both-caps",
      "not-here",
      "new-kernel",
    ]);
  });

  it("names the machine's architecture and those whose calls it takes too", () => {
    const archMap = [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] }];
    const of = (architecture: string) =>
      seccomp({ defaultAction: allow, archMap }, "p", { ...amd64, architecture }, []).architectures;
    assert.deepEqual(of("amd64"), ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]);
    assert.deepEqual(of("arm64"), ["SCMP_ARCH_AARCH64"]);
  });

  it("takes errors by name, conditions on arguments, and Docker's single names", () => {
    const args = [{ index: 0, value: 4_294_967_295, valueTwo: 0, op: "SCMP_CMP_EQ" }];
    const rule = { name: "socket", action: "SCMP_ACT_ERRNO", errno: "EINVAL", errnoRet: 1, args };
    const written = seccomp(
      { defaultAction: "SCMP_ACT_ERRNO", defaultErrno: "ENOSYS", syscalls: [rule] },
      "p",
      amd64,
      [],
    );
    assert.equal(written.defaultErrnoRet, 38);
    assert.deepEqual(written.syscalls, [{ names: ["socket"], action: "SCMP_ACT_ERRNO", errnoRet: 22, args }]);
  });

  it("is refused by name when it is no profile or contradicts itself", () => {
    const refused = (profile: Profile, message: RegExp) =>
      assert.throws(() => seccomp(profile, "p.json", amd64, []), { code: "Invalid", message });
    assert.throws(() => parseProfile("{", "p.json"), { code: "Invalid", message: /p\.json is not JSON/ });
    assert.throws(() => parseProfile("null", "p.json"), { code: "Invalid", message: /no defaultAction/ });
    assert.throws(() => parseProfile('{"defaultAction":"x","syscalls":{}}', "p.json"), { message: /are no list/ });
    refused(
      { defaultAction: allow, architectures: ["a"], archMap: [{ architecture: "b", subArchitectures: [] }] },
      /both/,
    );
    refused({ defaultAction: allow, syscalls: [{ name: "a", names: ["b"], action: allow }] }, /both name and names: a/);
    refused({ defaultAction: allow, defaultErrno: "EWHAT" }, /unknown error: EWHAT/);
    const huge = [{ index: 0, value: 2 ** 60, op: "SCMP_CMP_EQ" }];
    refused({ defaultAction: allow, syscalls: [{ names: ["a"], action: allow, args: huge }] }, /not exact above 2\^53/);
  });

  const debian = "/usr/share/containers/seccomp.json";
  const skip = !existsSync(debian) && "golang-github-containers-common is not installed";
  it("of Debian lets a container set the clock only with CAP_SYS_TIME", { skip }, () => {
    const profile = parseProfile(readFileSync(debian, "utf8"), debian);
    const actionsOn = (call: string, caps: readonly string[]) =>
      seccomp(profile, debian, amd64, caps)
        .syscalls.filter(({ names }) => names.includes(call))
        .map(({ action }) => action);
    assert.deepEqual(actionsOn("clock_settime", ["CAP_SYS_TIME"]), [allow]);
    assert.deepEqual(actionsOn("clock_settime", []), ["SCMP_ACT_ERRNO"]);
    assert.deepEqual(actionsOn("read", []), [allow]);
  });
});
