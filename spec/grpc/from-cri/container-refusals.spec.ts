import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Invalid } from "../../../src/errors.ts";
import type { Draft } from "../../../src/grpc/draft.ts";
import type { ContainerConfig, LinuxContainerResources } from "../../../src/grpc/messages/container-config.ts";
import type { LinuxContainerSecurityContext } from "../../../src/grpc/messages/security.ts";
import { containerConfigOf } from "../../support/fake-runtime.ts";

const security = (security_context: Draft<LinuxContainerSecurityContext>): Draft<ContainerConfig> => ({
  linux: { security_context },
});
const resources = (given: Draft<LinuxContainerResources>): Draft<ContainerConfig> => ({ linux: { resources: given } });
const mount = { container_path: "/c", host_path: "/h" };

describe("a container is refused, with the field's name,", () => {
  const refused: [string, Draft<ContainerConfig>, RegExp][] = [
    [
      "with an SELinux level that is none",
      security({ selinux_options: { level: "s0,c4,c5" } }),
      /^config\.linux\.security_context\.selinux_options\.level is "s0,c4,c5", which is no level like s0:c1,c2$/,
    ],
    [
      "with an SELinux type that would be two parts",
      security({ selinux_options: { type: "a:b" } }),
      /selinux_options\.type is "a:b", which is no name of SELinux$/,
    ],
    ["without metadata", { metadata: undefined }, /^config\.metadata is missing$/],
    ["with an empty name", { metadata: { name: "" } }, /^config\.metadata\.name is empty$/],
    ["with a slash in its name", { metadata: { name: "../up" } }, /^config\.metadata\.name is "\.\.\/up": a name/],
    ["with a name of 300 bytes", { metadata: { name: "n".repeat(300) } }, /name has 300 bytes/],
    ["without an image", { image: undefined }, /^config\.image is missing$/],
    ["with an empty image", { image: {} }, /^config\.image\.image is empty$/],
    [
      "with an absolute log path",
      { log_path: "/etc/passwd" },
      /^config\.log_path is "\/etc\/passwd": it must be relative/,
    ],
    ["with a log path that climbs", { log_path: "a/../../b" }, /^config\.log_path is/],
    ["with a relative working directory", { working_dir: "srv" }, /^config\.working_dir is "srv"/],
    ["with a NUL in its command", { command: ["a", "b\0c"] }, /^config\.command\[1\] has a NUL/],
    [
      "with a variable without a name",
      { envs: [{ key: "", value: Buffer.from("x") }] },
      /^config\.envs\[0\]\.key is ""/,
    ],
    ["with = in a variable's name", { envs: [{ key: "A=B" }] }, /^config\.envs\[0\]\.key is "A=B"/],
    [
      "with a NUL in a variable",
      { envs: [{ key: "A", value: Buffer.from([0]) }] },
      /^config\.envs\[0\]\.value, of "A"/,
    ],
    ["with a signal of the future", { stop_signal: 99 }, /^config\.stop_signal is 99/],
    [
      "with a relative mount",
      { mounts: [mount, { ...mount, container_path: "c" }] },
      /^config\.mounts\[1\]\.container_path is "c"/,
    ],
    [
      "with a mount that maps users and no groups",
      { mounts: [{ ...mount, uidMappings: [{ length: 1 }] }] },
      /only users or only/,
    ],
    [
      "with a mount option of its own making",
      { mounts: [{ ...mount, mount_options: ["ro"] }] },
      /mount_options\[0\] is "ro"/,
    ],
    [
      "with an image volume that is writable",
      { mounts: [{ container_path: "/c", image: { image: "i" } }] },
      /readonly has to be set/,
    ],
    [
      "with an image volume without an image",
      { mounts: [{ container_path: "/c", readonly: true, image: {} }] },
      /image\.image is empty/,
    ],
    [
      "with an image volume of the host",
      { mounts: [{ ...mount, readonly: true, image: { image: "i" } }] },
      /it can be one of them/,
    ],
    [
      "with a sub path that climbs",
      { mounts: [{ container_path: "/c", readonly: true, image: { image: "i" }, image_sub_path: "../x" }] },
      /stay inside/,
    ],
    ["with a mount of nothing", { mounts: [{ container_path: "/c" }] }, /^config\.mounts\[0\]\.host_path is ""/],
    ["with a propagation of the future", { mounts: [{ ...mount, propagation: 7 }] }, /propagation is 7/],
    [
      "with a recursive read-only mount that is writable",
      { mounts: [{ ...mount, recursive_read_only: true }] },
      /needs readonly/,
    ],
    [
      "with a recursive read-only mount that propagates",
      { mounts: [{ ...mount, recursive_read_only: true, readonly: true, propagation: 1 }] },
      /needs readonly and private propagation/,
    ],
    [
      "with strange device rights",
      { devices: [{ ...mount, permissions: "rwx" }] },
      /^config\.devices\[0\]\.permissions is "rwx"/,
    ],
    [
      "with an unknown capability",
      security({ capabilities: { add_capabilities: ["FLY"] } }),
      /add_capabilities\[0\] is "FLY"/,
    ],
    ["with a group but no user", security({ run_as_group: { value: "5" } }), /run_as_group is given without/],
    ["with a negative user", security({ run_as_user: { value: "-1" } }), /run_as_user is -1/],
    ["with the user that means none", security({ run_as_user: { value: "4294967295" } }), /run_as_user is 4294967295/],
    [
      "with a groups policy of the future",
      security({ supplemental_groups_policy: 5 }),
      /supplemental_groups_policy is 5/,
    ],
    ["with a relative masked path", security({ masked_paths: ["proc"] }), /masked_paths\[0\] is "proc"/],
    [
      "with a relative seccomp profile",
      security({ seccomp: { profile_type: 2, localhost_ref: "p" } }),
      /seccomp\.localhost_ref is "p"/,
    ],
    [
      "with a profile that is not asked for",
      security({ seccomp: { profile_type: 1, localhost_ref: "/p" } }),
      /is not Localhost/,
    ],
    [
      "with an AppArmor profile without a name",
      security({ apparmor: { profile_type: 2 } }),
      /apparmor names no profile/,
    ],
    [
      "with a seccomp text that means nothing",
      security({ seccomp_profile_path: "strict" }),
      /seccomp_profile_path is "strict"/,
    ],
    ["with an oom score out of range", resources({ oom_score_adj: "1001" }), /oom_score_adj is 1001/],
    ["with a negative cpu period", resources({ cpu_period: "-1" }), /cpu_period is -1/],
    [
      "with more memory than a number holds",
      resources({ memory_limit_in_bytes: "9007199254740992" }),
      /memory_limit_in_bytes is/,
    ],
    ["with a cpu list that is none", resources({ cpuset_cpus: "all" }), /cpuset_cpus is "all"/],
    [
      "with a cgroup file elsewhere",
      resources({ unified: { "../memory.max": "1" } }),
      /unified has the key "\.\.\/memory\.max"/,
    ],
    ["with a page size that is none", resources({ hugepage_limits: [{ page_size: "big" }] }), /page_size is "big"/],
  ];
  for (const [what, more, text] of refused)
    it(what, () =>
      assert.throws(
        () => containerConfigOf(more),
        (error) => error instanceof Invalid && text.test(error.message),
      ),
    );
});
