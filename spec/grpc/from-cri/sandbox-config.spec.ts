import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Invalid } from "../../../src/errors.ts";
import type { Draft } from "../../../src/grpc/draft.ts";
import type { PodSandboxConfig } from "../../../src/grpc/messages/sandbox.ts";
import { NamespaceMode } from "../../../src/grpc/messages/security.ts";
import { sandboxConfigOf } from "../../support/fake-runtime.ts";

const metadata = { name: "web", uid: "9ffa4c5e", namespace: "shop", attempt: 1 };
const options = (namespace_options: object): Draft<PodSandboxConfig> => ({
  linux: { security_context: { namespace_options } },
});

describe("a sandbox's configuration", () => {
  it("is read field by field", () => {
    const config = sandboxConfigOf({
      dns_config: { servers: ["10.0.0.10"], searches: ["svc.cluster.local"], options: ["ndots:5"] },
      port_mappings: [{ protocol: 1, container_port: 53, host_port: 5353, host_ip: "127.0.0.1" }],
      linux: {
        cgroup_parent: "/kubepods/burstable/pod9ffa4c5e",
        sysctls: { "net.core.somaxconn": "1024" },
        security_context: { privileged: true, namespace_options: { pid: NamespaceMode.CONTAINER } },
      },
    });
    assert.deepEqual(config, {
      metadata,
      hostname: "web",
      logDirectory: "/var/log/pods/shop_web_9ffa4c5e",
      dns: { servers: ["10.0.0.10"], searches: ["svc.cluster.local"], options: ["ndots:5"] },
      portMappings: [{ protocol: "udp", containerPort: 53, hostPort: 5353, hostIp: "127.0.0.1" }],
      labels: { app: "web" },
      annotations: { note: "as it came" },
      cgroupParent: "/kubepods/burstable/pod9ffa4c5e",
      sysctls: { "net.core.somaxconn": "1024" },
      namespaces: { network: "pod", pid: "container", ipc: "pod", targetId: "", userNamespace: false },
      privileged: true,
    });
  });

  it("without a Linux part shares all in the pod and has no DNS of its own", () => {
    const { namespaces, dns, cgroupParent, privileged } = sandboxConfigOf({});
    assert.deepEqual(namespaces, { network: "pod", pid: "pod", ipc: "pod", targetId: "", userNamespace: false });
    assert.deepEqual({ dns, cgroupParent, privileged }, { dns: undefined, cgroupParent: "", privileged: false });
  });

  it("has the SELinux options of its pod, as far as they are said", () => {
    const selinux_options = { type: "web_t", level: "s0:c1,c2" };
    assert.equal(
      sandboxConfigOf({ linux: { security_context: { selinux_options } } }).selinuxLabel,
      "::web_t:s0:c1,c2",
    );
    assert.equal(sandboxConfigOf().selinuxLabel, undefined);
  });

  it("reads a negative host port as none", () => {
    assert.equal(
      sandboxConfigOf({ port_mappings: [{ container_port: 80, host_port: -1 }] }).portMappings[0]?.hostPort,
      0,
    );
  });

  it("takes what a kubelet sends for a user namespace of the pod's own", () => {
    const ids = [{ container_id: 0, host_id: 131_072, length: 65_536 }];
    const read = [{ containerId: 0, hostId: 131_072, length: 65_536 }];
    assert.deepEqual(sandboxConfigOf(options({ userns_options: { uids: ids, gids: ids } })).namespaces.userNamespace, {
      uids: read,
      gids: read,
    });
  });

  it("takes what a kubelet sends for the host's user namespace", () => {
    assert.equal(
      sandboxConfigOf(options({ userns_options: { mode: NamespaceMode.NODE } })).namespaces.userNamespace,
      false,
    );
  });
});

describe("a sandbox is refused, with the field's name,", () => {
  const whole = { container_id: 0, host_id: 131_072, length: 65_536 };
  const own = (uids: object[], gids: object[], more: object = {}) =>
    options({ userns_options: { uids, gids }, ...more });
  const refused: [string, Draft<PodSandboxConfig>, RegExp][] = [
    [
      "with a group and no user",
      { linux: { security_context: { run_as_group: { value: "5" } } } },
      /^config\.linux\.security_context\.run_as_group is given without run_as_user$/,
    ],
    [
      "with an SELinux level that is none",
      { linux: { security_context: { selinux_options: { level: "c1" } } } },
      /^config\.linux\.security_context\.selinux_options\.level is "c1"/,
    ],
    ["without metadata", { metadata: undefined }, /^config\.metadata is missing$/],
    ["with an empty name", { metadata: { ...metadata, name: "" } }, /^config\.metadata\.name is empty$/],
    ["with an empty uid", { metadata: { ...metadata, uid: "" } }, /^config\.metadata\.uid is empty$/],
    ["with an empty namespace", { metadata: { ...metadata, namespace: "" } }, /^config\.metadata\.namespace is empty$/],
    [
      "with a slash in its name",
      { metadata: { ...metadata, name: "a/b" } },
      /^config\.metadata\.name is "a\/b": a name/,
    ],
    ["with the name ..", { metadata: { ...metadata, name: ".." } }, /^config\.metadata\.name is "\.\.": a name/],
    [
      "with a line break in its namespace",
      { metadata: { ...metadata, namespace: "a\nb" } },
      /namespace is "a\\nb": a name/,
    ],
    ["with a NUL in its uid", { metadata: { ...metadata, uid: "a\0" } }, /uid is "a\\u0000": a name/],
    [
      "with a name that would add a CNI argument",
      { metadata: { ...metadata, name: "a;B=c" } },
      /^config\.metadata\.name is/,
    ],
    [
      "with a name of 300 bytes",
      { metadata: { ...metadata, name: "n".repeat(300) } },
      /name has 300 bytes, more than the 253/,
    ],
    ["with a hostname of 65 bytes", { hostname: "h".repeat(65) }, /^config\.hostname has 65 bytes/],
    [
      "with a relative log directory",
      { log_directory: "logs" },
      /^config\.log_directory is "logs", which is no absolute/,
    ],
    [
      "with a log directory that climbs",
      { log_directory: "/var/log/../../etc" },
      /^config\.log_directory is .*"\.\." is not/,
    ],
    [
      "with a search domain of two lines",
      { dns_config: { searches: ["a\nnameserver 6.6.6.6"] } },
      /searches\[0\] is not one line/,
    ],
    [
      "with a port over 65535",
      { port_mappings: [{ host_port: 70_000 }] },
      /host_port is 70000, which is not within 0 to 65535/,
    ],
    [
      "with a host address that is none",
      { port_mappings: [{ host_ip: "localhost" }] },
      /host_ip is "localhost", which is no address/,
    ],
    [
      "with a protocol of the future",
      { port_mappings: [{ protocol: 9 }] },
      /^config\.port_mappings\[0\]\.protocol is 9, which has no meaning/,
    ],
    ["with a cgroup parent that climbs", { linux: { cgroup_parent: "/a/../.." } }, /^config\.linux\.cgroup_parent is/],
    ["with a sysctl that is a path", { linux: { sysctls: { "../../etc": "1" } } }, /is no name of a sysctl/],
    [
      "with the network mode CONTAINER",
      options({ network: NamespaceMode.CONTAINER }),
      /namespace_options\.network is 1/,
    ],
    ["with the ipc mode TARGET", options({ ipc: NamespaceMode.TARGET }), /namespace_options\.ipc is 3/],
    [
      "with a target that is not named",
      options({ pid: NamespaceMode.TARGET }),
      /namespace_options\.target_id is empty/,
    ],
    ["with the user namespace mode CONTAINER", options({ userns_options: { mode: 1 } }), /userns_options\.mode is 1/],
    ["with the user namespace mode TARGET", options({ userns_options: { mode: 3 } }), /userns_options\.mode is 3/],
    ["with a user namespace without mappings", options({ userns_options: {} }), /needs one mapping of users and one/],
    ["with two mappings of users", own([whole, whole], [whole]), /needs one mapping of users and one of groups/],
    ["with a mapping without root", own([whole], [{ ...whole, container_id: 1 }]), /userns_options maps no id 0/],
    ["with a mapping of nobody", own([{ ...whole, length: 0 }], [whole]), /userns_options\.uids\[0\]\.length is 0/],
    [
      "with a mapping beyond all ids",
      own([whole], [{ ...whole, host_id: 2 ** 32 - 2 }]),
      /gids\[0\] goes beyond the last/,
    ],
    [
      "with its own users and the host's processes",
      own([whole], [whole], { pid: 2 }),
      /cannot share the host's processes/,
    ],
    ["with its own users and the host's ipc", own([whole], [whole], { ipc: 2 }), /cannot share the host's ipc/],
    [
      "with mappings for the host's user namespace",
      options({ userns_options: { mode: NamespaceMode.NODE, uids: [{ length: 65536 }] } }),
      /userns_options has mappings/,
    ],
    [
      "with a network sysctl on the host's network",
      {
        linux: {
          sysctls: { "net.core.somaxconn": "1" },
          security_context: { namespace_options: { network: NamespaceMode.NODE } },
        },
      },
      /sysctls\["net\.core\.somaxconn"\] would change the host, whose network/,
    ],
    [
      "with an ipc sysctl on the host's ipc namespace",
      {
        linux: {
          sysctls: { "kernel.shmmax": "1" },
          security_context: { namespace_options: { ipc: NamespaceMode.NODE } },
        },
      },
      /would change the host, whose ipc/,
    ],
  ];
  for (const [what, more, text] of refused)
    it(what, () =>
      assert.throws(
        () => sandboxConfigOf(more),
        (error) => error instanceof Invalid && text.test(error.message),
      ),
    );
});
