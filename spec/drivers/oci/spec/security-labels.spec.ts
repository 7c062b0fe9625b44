import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apparmorProfile, selinuxLabels } from "../../../../src/drivers/oci/spec/security-labels.ts";
import type { SecurityProfile } from "../../../../src/vocabulary/index.ts";

const profile = (type: SecurityProfile["type"], localhostRef = ""): SecurityProfile => ({ type, localhostRef });
const of = (
  apparmor: SecurityProfile | undefined,
  more: { on?: boolean; privileged?: boolean; standard?: string } = {},
) => {
  const { on = true, privileged = false, standard = "troupe-default" } = more;
  const security = { privileged, selinuxLabel: "", ...(apparmor ? { apparmor } : {}) };
  return apparmorProfile(security, standard, { apparmor: on }, () => ["troupe-default", "web"]);
};

describe("the AppArmor profile of a container", () => {
  it("is the node's default unless the pod says otherwise", () => {
    assert.equal(of(undefined), "troupe-default");
    assert.equal(of(profile("runtimeDefault")), "troupe-default");
    assert.equal(of(profile("unconfined")), undefined);
    assert.equal(of(profile("localhost", "localhost/web")), "web");
    assert.equal(of(undefined, { standard: "" }), undefined);
  });

  it("is none for a privileged container, but for one that the pod names", () => {
    assert.equal(of(undefined, { privileged: true }), undefined);
    assert.equal(of(profile("runtimeDefault"), { privileged: true }), undefined);
    assert.equal(of(profile("localhost", "web"), { privileged: true }), "web");
  });

  it("is refused where it is not loaded, or AppArmor is off", () => {
    assert.throws(() => of(profile("localhost", "gone")), { code: "Invalid", message: /"gone" is not loaded/ });
    assert.throws(() => of(profile("localhost", "web"), { on: false }), {
      code: "Invalid",
      message: /AppArmor is off/,
    });
    assert.throws(() => of(profile("runtimeDefault"), { on: false }), { code: "Invalid" });
    assert.equal(of(undefined, { on: false }), undefined);
    assert.equal(of(profile("unconfined"), { on: false }), undefined);
  });
});

describe("the SELinux labels of a container", () => {
  const label = "system_u:system_r:container_t:s0:c1,c2";
  it("are the pod's, and its level on files, where SELinux is on", () => {
    const labels = selinuxLabels({ privileged: false, selinuxLabel: label }, { selinux: true });
    assert.deepEqual(labels, { process: label, mount: "system_u:object_r:container_file_t:s0:c1,c2" });
  });

  it("are left out where SELinux is off, for a runtime would fail on them", () => {
    assert.deepEqual(selinuxLabels({ privileged: false, selinuxLabel: label }, { selinux: false }), {});
    assert.deepEqual(selinuxLabels({ privileged: true, selinuxLabel: label }, { selinux: true }), {});
    assert.deepEqual(selinuxLabels({ privileged: false, selinuxLabel: "" }, { selinux: true }), {});
  });
});
