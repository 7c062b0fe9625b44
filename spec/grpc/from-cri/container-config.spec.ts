import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MountPropagation, Signal } from "../../../src/grpc/messages/container-config.ts";
import { NamespaceMode, ProfileType, SupplementalGroupsPolicy } from "../../../src/grpc/messages/security.ts";
import { containerConfigOf } from "../../support/fake-runtime.ts";

const security = (security_context: object) => containerConfigOf({ linux: { security_context } }).security;

const seccomp = (context: object) => security(context).seccomp;

describe("a container's configuration", () => {
  it("is read field by field", () => {
    const config = containerConfigOf({
      args: ["-g", "daemon off;"],
      working_dir: "/srv",
      envs: [{ key: "A", value: Buffer.from("b") }],
      mounts: [{ container_path: "/data/", host_path: "/mnt/data", readonly: true, propagation: 1 }],
      devices: [{ container_path: "/dev/fuse", host_path: "/dev/fuse", permissions: "mrw" }],
      stop_signal: Signal.SIGNAL_SIGQUIT,
    });
    assert.equal(config.name, "server");
    assert.equal(config.attempt, 2);
    assert.equal(config.userSpecifiedImage, "nginx:1.27");
    assert.deepEqual([config.command, config.args], [["nginx"], ["-g", "daemon off;"]]);
    assert.deepEqual(
      config.envs.map(({ key, value }) => [key, Buffer.from(value).toString()]),
      [["A", "b"]],
    );
    assert.deepEqual(config.mounts, [
      {
        containerPath: "/data/",
        hostPath: "/mnt/data",
        readonly: true,
        recursiveReadOnly: false,
        propagation: "hostToContainer",
      },
    ]);
    assert.deepEqual(config.devices, [{ containerPath: "/dev/fuse", hostPath: "/dev/fuse", permissions: "mrw" }]);
    assert.equal(config.logPath, "server/2.log");
    assert.equal(config.stopSignal, 3);
  });

  it("has no stop signal of its own unless one is given", () =>
    assert.equal(containerConfigOf().stopSignal, undefined));

  it("has resources as given, zero where nothing was", () => {
    const { resources } = containerConfigOf({
      linux: {
        resources: {
          cpu_quota: "-1",
          cpu_shares: "2",
          memory_limit_in_bytes: "9007199254740991",
          oom_score_adj: "-997",
          cpuset_cpus: "0-3,7",
          hugepage_limits: [{ page_size: "2MB", limit: "0" }],
          unified: { "memory.oom.group": "1" },
        },
      },
    });
    assert.deepEqual(resources, {
      cpuPeriod: 0,
      cpuQuota: -1,
      cpuShares: 2,
      memoryLimitBytes: 9007199254740991,
      memorySwapLimitBytes: 0,
      oomScoreAdj: -997,
      cpusetCpus: "0-3,7",
      cpusetMems: "",
      hugepageLimits: [{ pageSize: "2MB", limit: 0 }],
      unified: { "memory.oom.group": "1" },
    });
  });

  it("without a security context is a plain container that shares what its pod shares", () => {
    assert.deepEqual(containerConfigOf().security, {
      privileged: false,
      addCapabilities: [],
      dropCapabilities: [],
      addAmbientCapabilities: [],
      namespaces: { network: "pod", pid: "pod", ipc: "pod", targetId: "", userNamespace: false },
      user: { supplementalGroups: [], groupsPolicy: "merge" },
      readonlyRootfs: false,
      noNewPrivs: false,
      maskedPaths: [],
      readonlyPaths: [],
      seccomp: { type: "unconfined", localhostRef: "" },
      selinuxLabel: "",
    });
  });

  it("takes capabilities with and without CAP_, in any case", () => {
    const { addCapabilities, dropCapabilities } = security({
      capabilities: { add_capabilities: ["CAP_NET_ADMIN", "sys_time"], drop_capabilities: ["all"] },
    });
    assert.deepEqual([addCapabilities, dropCapabilities], [["NET_ADMIN", "SYS_TIME"], ["ALL"]]);
  });

  it("tells user 0 from no user", () => {
    assert.equal(security({ run_as_user: { value: "0" } }).user.uid, 0);
    assert.equal(security({}).user.uid, undefined);
  });

  it("has the user by name or number, with groups and policy", () => {
    const { user } = security({
      run_as_username: "www",
      run_as_user: { value: "7" },
      run_as_group: { value: "8" },
      supplemental_groups: ["2000"],
      supplemental_groups_policy: SupplementalGroupsPolicy.Strict,
    });
    assert.deepEqual(user, { name: "www", uid: 7, gid: 8, supplementalGroups: [2000], groupsPolicy: "strict" });
  });

  it("joins another container's processes by its id", () => {
    const { namespaces } = security({ namespace_options: { pid: NamespaceMode.TARGET, target_id: "abc" } });
    assert.deepEqual([namespaces.pid, namespaces.targetId], ["target", "abc"]);
  });

  it("joins an SELinux label of its parts", () => {
    assert.equal(security({ selinux_options: { type: "spc_t", level: "s0" } }).selinuxLabel, "::spc_t:s0");
  });
});

describe("a profile", () => {
  it("is read from the message of today, whose zero is the runtime's default", () => {
    assert.deepEqual(seccomp({ seccomp: {} }), { type: "runtimeDefault", localhostRef: "" });
    assert.deepEqual(
      seccomp({ seccomp: { profile_type: ProfileType.Localhost, localhost_ref: "localhost//p.json" } }),
      {
        type: "localhost",
        localhostRef: "/p.json",
      },
    );
  });

  it("is read from the text of older clients", () => {
    assert.equal(seccomp({ seccomp_profile_path: "runtime/default" }).type, "runtimeDefault");
    assert.equal(seccomp({ seccomp_profile_path: "unconfined" }).type, "unconfined");
    assert.equal(seccomp({ seccomp_profile_path: "localhost//p.json" }).localhostRef, "/p.json");
  });

  it("is that of the message where a client fills both", () => {
    assert.equal(seccomp({ seccomp: { profile_type: 1 }, seccomp_profile_path: "runtime/default" }).type, "unconfined");
    assert.equal(
      security({ apparmor: { profile_type: 1 }, apparmor_profile: "runtime/default" }).apparmor?.type,
      "unconfined",
    );
  });

  it("of AppArmor is a name, and absent where nothing is said", () => {
    assert.equal(security({ apparmor_profile: "localhost/web" }).apparmor?.localhostRef, "web");
    assert.equal(security({}).apparmor, undefined);
  });
});

describe("mounts", () => {
  it("have the ids and the flags of their own that are given", () => {
    const ids = [{ container_id: 0, host_id: 0, length: 65_536 }];
    const [mount] = containerConfigOf({
      mounts: [
        { container_path: "/c", host_path: "/h", uidMappings: ids, gidMappings: ids, mount_options: ["noexec"] },
      ],
    }).mounts;
    const read = [{ containerId: 0, hostId: 0, length: 65_536 }];
    assert.deepEqual(mount?.mappings, { uids: read, gids: read });
    assert.deepEqual(mount?.options, ["noexec"]);
  });

  it("have their propagation in words", () => {
    const mounts = [MountPropagation.PROPAGATION_PRIVATE, MountPropagation.PROPAGATION_BIDIRECTIONAL].map(
      (propagation) => ({ container_path: "/c", host_path: "/h", propagation }),
    );
    const words = containerConfigOf({ mounts }).mounts.map(({ propagation }) => propagation);
    assert.deepEqual(words, ["private", "bidirectional"]);
  });

  it("of devices give all rights where none are named", () => {
    const { devices } = containerConfigOf({ devices: [{ container_path: "/dev/a", host_path: "/dev/b" }] });
    assert.equal(devices[0]?.permissions, "rwm");
  });
});
