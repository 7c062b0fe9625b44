import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Invalid, NotFound } from "../../../src/errors.ts";
import type { Draft } from "../../../src/grpc/draft.ts";
import type { ContainerConfig } from "../../../src/grpc/messages/container-config.ts";
import type { PodSandboxConfig } from "../../../src/grpc/messages/sandbox.ts";
import { containerConfigOf, sandboxConfigOf } from "../../support/fake-runtime.ts";

const whole = `/${"x".repeat(250)}`.repeat(17).slice(0, 4095);
const mounted = (container_path: string): Draft<ContainerConfig> => ({
  mounts: [{ container_path, host_path: "/from" }],
});
const groups = (count: number): Draft<ContainerConfig> => ({
  linux: { security_context: { supplemental_groups: Array.from({ length: count }, (_, n) => String(n)) } },
});
const cpus = (cpuset_cpus: string): Draft<ContainerConfig> => ({ linux: { resources: { cpuset_cpus } } });
const labels = (bytes: number): Draft<ContainerConfig> => ({ labels: { name: "x".repeat(bytes - 4) } });
const parent = (cgroup_parent: string): Draft<PodSandboxConfig> => ({ linux: { cgroup_parent } });
const search = (word: string): Draft<PodSandboxConfig> => ({ dns_config: { searches: [word] } });
const role = (text: string): Draft<PodSandboxConfig> => ({
  linux: { security_context: { selinux_options: { role: text } } },
});

type Row<Config> = readonly [what: string, fits: Draft<Config>, tooLarge: Draft<Config>, words: RegExp];

const ofContainers: readonly Row<ContainerConfig>[] = [
  [
    "path",
    mounted(whole),
    mounted(`${whole}x`),
    /^config\.mounts\[0\]\.container_path has 4096 bytes, more than the 4095/,
  ],
  [
    "name in a path",
    mounted(`/${"x".repeat(255)}`),
    mounted(`/a/${"x".repeat(256)}`),
    /container_path has a name of 256 bytes in it, more than the 255 that Linux takes$/,
  ],
  [
    "log path",
    { log_path: whole.slice(1) },
    { log_path: `${whole}x`.slice(1) + "x" },
    /^config\.log_path has 4096 bytes/,
  ],
  ["list of groups", groups(65_536), groups(65_537), /supplemental_groups has 65537 groups, more than the 65536/],
  ["sum of labels", labels(524_288), labels(524_289), /^config\.labels have 524289 bytes in all, more than the 524288/],
  ["list of CPUs", cpus("0-3,7"), cpus(","), /cpuset_cpus is ",", which is no list like 0-3,7$/],
  ["line of a log path", { log_path: "a/0.log" }, { log_path: "a\nb" }, /^config\.log_path is not one line: "a\\nb"$/],
];
const ofSandboxes: readonly Row<PodSandboxConfig>[] = [
  [
    "cgroup parent",
    parent("/a".repeat(512)),
    parent("/a".repeat(513)),
    /cgroup_parent has 1026 bytes, more than the 1024/,
  ],
  [
    "line of a cgroup parent",
    parent("/a b"),
    parent("/a\nb"),
    /^config\.linux\.cgroup_parent is not one line: "\/a\\nb"$/,
  ],
  [
    "name in DNS",
    search("x".repeat(255)),
    search("x".repeat(256)),
    /searches\[0\] has 256 characters, more than the 255/,
  ],
  [
    "part of an SELinux label",
    role("x".repeat(255)),
    role("x".repeat(256)),
    /role is "x+…, which is no name of SELinux$/,
  ],
];

describe("a value of the largest size is taken, and a larger one is refused with its field and its bound:", () => {
  const check = <Config>(rows: readonly Row<Config>[], read: (more: Draft<Config>) => unknown): void => {
    for (const [what, fits, tooLarge, words] of rows)
      it(`a ${what}`, () => {
        read(fits);
        assert.throws(
          () => read(tooLarge),
          (error) => error instanceof Invalid && words.test(error.message) && error.message.length < 300,
        );
      });
  };
  check(ofContainers, containerConfigOf);
  check(ofSandboxes, sandboxConfigOf);

  it("an id, which is told back only as far as one can be", () => {
    const { message } = new NotFound("container", "f\n".repeat(1 << 20));
    assert.match(message, /^container "(f\\n)+.*… is not known to this runtime$/);
    assert.ok(message.length < 500);
  });
});
