import assert from "node:assert/strict";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { Draft } from "../../src/grpc/draft.ts";
import type { LinuxContainerSecurityContext } from "../../src/grpc/messages/security.ts";
import { NamespaceMode, ProfileType } from "../../src/grpc/messages/security.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { AppConfig, Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const secured = (context: Draft<LinuxContainerSecurityContext>): AppConfig => ({
  linux: { security_context: { namespace_options: { pid: NamespaceMode.CONTAINER }, ...context } },
});
const mounted = (mount: NonNullable<AppConfig["mounts"]>[number]): AppConfig => ({ mounts: [mount] });

interface Refusal {
  readonly what: string;
  readonly more: AppConfig;
  readonly message: RegExp;
  /** INVALID_ARGUMENT, where nothing else is said. */
  readonly code?: string;
}

const invalid: readonly Refusal[] = [
  { what: "no metadata", more: { metadata: null }, message: /^config\.metadata is missing$/ },
  { what: "an empty name", more: { metadata: { name: "" } }, message: /^config\.metadata\.name is empty$/ },
  {
    what: "a name with a slash",
    more: { metadata: { name: "../x" } },
    message: /^config\.metadata\.name is "\.\.\/x": /,
  },
  {
    what: "a name of 300 bytes",
    more: { metadata: { name: "n".repeat(300) } },
    message: /has 300 bytes, more than the 253/,
  },
  { what: "no image", more: { image: null }, message: /^config\.image is missing$/ },
  {
    what: "a log path that climbs",
    more: { log_path: "../other/0.log" },
    message: /^config\.log_path is .*stay inside its folder$/,
  },
  {
    what: "an absolute log path",
    more: { log_path: "/etc/passwd" },
    message: /^config\.log_path is .*stay inside its folder$/,
  },
  {
    what: "a working directory that is not absolute",
    more: { working_dir: "tmp" },
    message: /^config\.working_dir is "tmp"/,
  },
  {
    what: "a variable without a name",
    more: { envs: [{ key: "", value: Buffer.from("x") }] },
    message: /^config\.envs\[0\]\.key is ""/,
  },
  {
    what: "a variable that is not UTF-8, which no OCI runtime can be given",
    more: { envs: [{ key: "ODD", value: Buffer.from([0xff]) }] },
    message: /: environment variable "ODD" has a value that is not UTF-8/,
  },
  {
    what: "an unknown capability",
    more: secured({ capabilities: { add_capabilities: ["FLY"] } }),
    message: /add_capabilities\[0\] is "FLY", which is no capability$/,
  },
  {
    what: "a group without a user",
    more: secured({ run_as_group: { value: "7" } }),
    message: /run_as_group is given without run_as_user or run_as_username$/,
  },
  {
    what: "a user that the image does not have",
    more: secured({ run_as_username: "nobody-there" }),
    message: /user "nobody-there" is not in the image's \/etc\/passwd$/,
  },
  {
    what: "a privileged container in a plain sandbox",
    more: secured({ privileged: true }),
    message: /privileged is set, but the sandbox was made without privileges$/,
  },
  {
    what: "a seccomp profile by a name",
    more: secured({ seccomp: { profile_type: ProfileType.Localhost, localhost_ref: "x.json" } }),
    message: /no absolute path of a seccomp profile$/,
  },
  {
    what: "a mount that is recursively read-only without being read-only",
    more: mounted({ container_path: "/m", host_path: "/tmp", recursive_read_only: true }),
    message: /^config\.mounts\[0\]\.recursive_read_only needs readonly and private propagation$/,
  },
  {
    what: "a mount of a path that is not absolute",
    more: mounted({ container_path: "/m", host_path: "tmp" }),
    message: /^config\.mounts\[0\]\.host_path is "tmp"/,
  },
  {
    what: "an image volume that is to be written",
    more: mounted({ container_path: "/m", image: { image: "busybox" } }),
    message: /^config\.mounts\[0\] is an image, which can only be read: readonly has to be set/,
  },
  {
    what: "a CDI device that nobody knows",
    more: { CDI_devices: [{ name: "vendor.com/class=x" }] },
    message: /: CDI device "vendor\.com\/class=x" is not known: nothing of vendor\.com\/class is there in \/etc\/cdi/,
  },
  {
    what: "a memory limit that no container starts with",
    more: { linux: { resources: { memory_limit_in_bytes: "4096" } } },
    message: /memory limit/,
  },
];

describe("container configurations that cannot work", inTestNode, () => {
  let bed: TestBed;
  let pod: Pod;
  before(async () => {
    bed = await testBed({ name: "container" });
    pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod"));
    bed.rebase();
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(async () => {
    await bed.kubelet.endPod(pod);
    await bed.end();
  });

  for (const { what, more, message, code = "INVALID_ARGUMENT" } of invalid)
    it(`${what} is refused in words`, async () => {
      const { kubelet } = bed;
      await assert.rejects(kubelet.create(pod, kubelet.appConfig("app", "true", more)), { code, message });
    });

  it("an image that is not here is NotFound, and is not pulled", async () => {
    const { kubelet } = bed;
    for (const image of ["sha256:".padEnd(71, "a"), "docker.io/library/nothing:1"]) {
      const config = kubelet.appConfig("app", "true", { image: { image } });
      const expected = { code: "NOT_FOUND", message: `image "${image}" is not known to this runtime` };
      await assert.rejects(kubelet.create(pod, config), expected);
    }
  });

  it("a seccomp profile that is not there is refused, naming its file", async () => {
    const localhost_ref = join(bed.place, "absent.json");
    const more = secured({ seccomp: { profile_type: ProfileType.Localhost, localhost_ref } });
    await assert.rejects(bed.kubelet.create(pod, bed.kubelet.appConfig("app", "true", more)), {
      code: "UNKNOWN",
      message: /file \/run\/e2e-container\/absent\.json cannot be used: .*No such file or directory$/,
    });
  });

  it("a seccomp profile that is none is refused, naming its file", async () => {
    const localhost_ref = join(bed.logs, "profile.json");
    writeFileSync(localhost_ref, "{ this is no profile");
    const more = secured({ seccomp: { profile_type: ProfileType.Localhost, localhost_ref } });
    await assert.rejects(bed.kubelet.create(pod, bed.kubelet.appConfig("app", "true", more)), {
      code: "INVALID_ARGUMENT",
      message: /\/logs\/profile\.json/,
    });
  });

  it("a mount source that is missing is made as a directory, as users of hostPath rely on", async () => {
    const host_path = join(bed.logs, "made", "for", "me");
    const more = mounted({ container_path: "/data", host_path });
    const id = await bed.kubelet.run(pod, "app", "echo here > /data/file", more);
    assert.equal((await bed.kubelet.exited(id)).exit_code, 0);
    assert.equal(statSync(host_path).mode & 0o7777, 0o755);
    assert.ok(statSync(join(host_path, "file")).isFile());
    await bed.kubelet.remove(id);
    assert.ok(statSync(join(host_path, "file")).isFile(), "a volume outlives its container");
    rmSync(join(bed.logs, "made"), { recursive: true });
  });

  it("a read-only mount cannot be written to, and shows so in the status", async () => {
    const host_path = join(bed.logs, "read-only");
    mkdirSync(host_path);
    const mount = { container_path: "/data", host_path, readonly: true };
    const id = await bed.kubelet.run(pod, "app", "echo x > /data/file", mounted(mount));
    assert.equal((await bed.kubelet.exited(id)).exit_code, 1);
    const [shown] = (await bed.kubelet.status(id)).mounts;
    assert.deepEqual([shown?.container_path, shown?.host_path, shown?.readonly], ["/data", host_path, true]);
    await bed.kubelet.remove(id);
  });
});
