import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { selinuxDefaults } from "../../../../src/drivers/oci/host.ts";
import { selinuxLabels } from "../../../../src/drivers/oci/spec/selinux.ts";
import { containerConfig, containerSecurity, sandboxConfig, sandboxId } from "../support/builders.ts";

const on = {
  selinux: { process: "system_u:system_r:container_t:s0", file: "system_u:object_r:container_file_t:s0" },
};
const namespaces = { ...containerSecurity().namespaces, network: "pod" } as const;
const of = (container = "", pod = "", more: { privileged?: boolean; network?: "pod" | "node"; id?: string } = {}) => {
  const { privileged = false, network = "pod", id = "s1" } = more;
  const config = containerConfig({ security: containerSecurity({ privileged, selinuxLabel: container }) });
  const sandbox = sandboxConfig({ namespaces: { ...namespaces, network }, ...(pod && { selinuxLabel: pod }) });
  return { config, sandbox, sandboxId: sandboxId(id) };
};

describe("the SELinux labels of a container", () => {
  it("are what its pod or it says, a container before its pod, and else the policy's own", () => {
    assert.deepEqual(selinuxLabels(of("system_u:system_r:my_t:s0:c1,c2"), on), {
      process: "system_u:system_r:my_t:s0:c1,c2",
      mount: "system_u:object_r:container_file_t:s0:c1,c2",
    });
    assert.deepEqual(selinuxLabels(of("::own_t:", "::pod_t:s0:c3,c4"), on), {
      process: "system_u:system_r:own_t:s0:c3,c4",
      mount: "system_u:object_r:container_file_t:s0:c3,c4",
    });
  });

  it("have categories of the pod's own where nobody says a level: the same in all of its containers", () => {
    const labels = selinuxLabels(of(), on);
    assert.match(labels.process ?? "", /^system_u:system_r:container_t:s0:c\d+,c\d+,c\d+,c\d+$/);
    assert.deepEqual(selinuxLabels(of("::other_t:"), on).mount, labels.mount);
    const ids = Array.from({ length: 2000 }, (_, n) => selinuxLabels(of("", "", { id: `pod-${n}` }), on).process);
    assert.equal(new Set(ids).size, ids.length);
    const categories =
      (labels.process ?? "")
        .split(":")[4]
        ?.split(",")
        .map((text) => Number(text.slice(1))) ?? [];
    assert.deepEqual(
      categories,
      [...new Set(categories)].toSorted((one, other) => one - other),
    );
    assert.ok(categories.every((category) => category < 1024));
  });

  it("are left out where SELinux is off, for a runtime would fail on them", () =>
    assert.deepEqual(selinuxLabels(of("system_u:system_r:my_t:s0"), {}), {}));

  it("are left out for a privileged container and in the host's network", () => {
    assert.deepEqual(selinuxLabels(of("::my_t:s0", "", { privileged: true }), on), {});
    assert.deepEqual(selinuxLabels(of("::my_t:s0", "", { network: "node" }), on), {});
  });

  it("begin with the host's policy for containers", () => {
    const files: Record<string, string> = {
      "/etc/selinux/config": "SELINUX=enforcing\nSELINUXTYPE=mls\n",
      "/etc/selinux/mls/contexts/lxc_contexts": 'process = "u:r:p_t:s0"\ncontent = "x"\nfile = "u:r:f_t:s0"\n',
    };
    assert.deepEqual(
      selinuxDefaults((path) => files[path] ?? ""),
      { process: "u:r:p_t:s0", file: "u:r:f_t:s0" },
    );
    assert.deepEqual(
      selinuxDefaults(() => ""),
      on.selinux,
    );
  });
});
