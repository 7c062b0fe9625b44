import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { bundles } from "../../../src/drivers/oci/bundle-directory.ts";
import type { Bundles, BundleRequest } from "../../../src/drivers/oci/bundle.ts";
import type { CompiledFilters } from "../../../src/drivers/oci/compiled-filters.ts";
import type { HostPaths } from "../../../src/drivers/oci/host-paths.ts";
import {
  bundleRequest,
  bytes,
  containerConfig,
  containerId,
  containerSecurity,
  containerUser,
  host,
  imageConfig,
  sandboxConfig,
} from "./support/builders.ts";

/** A host on which every path is what it says, and only /dev/null is a device. */
const paths: HostPaths = {
  sources: async (wanted) => wanted.map((path) => `/real${path}`),
  devices: async (wanted) =>
    wanted.map((path) =>
      path === "/dev/null" ? [{ path, type: "c", major: 1, minor: 3, mode: 0o666, uid: 0, gid: 0 }] : [],
    ),
  copy: async () => {},
  label: async () => {},
  read: async () => '{"defaultAction":"SCMP_ACT_LOG"}',
};

describe("a bundle directory", () => {
  let dir: string;
  let store: Bundles;
  const id = containerId("c1");
  const at = (...names: string[]) => join(dir, "bundles", "c1", ...names);
  const request = (overrides: Partial<BundleRequest> = {}) =>
    bundleRequest({ rootfs: join(dir, "rootfs"), ...overrides });
  const written = () => JSON.parse(readFileSync(at("config.json"), "utf8"));
  const make = (seccompProfile: string): Bundles => {
    const mountinfo = join(dir, "mountinfo");
    return bundles({ bundleDir: join(dir, "bundles"), host: host(), paths, mountinfo, seccompProfile });
  };
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "troupe-bundles-"));
    mkdirSync(join(dir, "rootfs/etc"), { recursive: true });
    writeFileSync(
      join(dir, "mountinfo"),
      "1 0 8:1 / / rw - ext4 /dev/vda rw\n2 1 8:2 / /real/shared rw shared:7 - ext4 /dev/vdb rw\n",
    );
    writeFileSync(join(dir, "seccomp.json"), '{"defaultAction":"SCMP_ACT_ERRNO"}');
    store = make(join(dir, "seccomp.json"));
  });
  after(() => rmSync(dir, { recursive: true }));

  it("holds config.json for root's eyes alone, and answers who it runs as and how it is stopped", async () => {
    const security = containerSecurity({ user: containerUser({ uid: 7, supplementalGroups: [9] }) });
    const config = containerConfig({ command: ["app"], security });
    const bundle = await store.write(request({ config, image: imageConfig({ stopSignal: "SIGQUIT" }) }));
    assert.deepEqual(bundle, { path: at(), warnings: [], user: { uid: 7, gid: 0, groups: [0, 9] }, stopSignal: 3 });
    assert.equal(statSync(at()).mode & 0o777, 0o700);
    assert.equal(statSync(at("config.json")).mode & 0o777, 0o600);
    assert.deepEqual(written().process.user, { uid: 7, gid: 0, additionalGids: [0, 9] });
  });

  it("is written anew, without what an earlier creation left", async () => {
    await store.write(request());
    writeFileSync(at("create.log"), "old words");
    await store.write(request());
    assert.deepEqual(readdirSync(at()).toSorted(), ["config.json", "process.json"]);
  });

  it("asks the runtime for the profile's filter, and lets nobody else name one", async () => {
    const asked: unknown[] = [];
    const filters: CompiledFilters = {
      handBack(of, { defaultAction }) {
        asked.push([of, defaultAction]);
        return { "run.oci.seccomp_bpf_data": "ours" };
      },
      learn() {},
      forget() {},
    };
    const annotations = { "run.oci.seccomp_bpf_data": "theirs", "run.oci.hooks": "theirs" };
    const image = imageConfig({ labels: annotations });
    const sandbox = sandboxConfig({ annotations });
    const told = async (type: "runtimeDefault" | "unconfined", from?: CompiledFilters) => {
      const security = containerSecurity({ seccomp: { type, localhostRef: "" } });
      const config = containerConfig({ command: ["app"], annotations, labels: annotations, security });
      await store.write(request({ config, sandbox, image, filters: from }));
      return Object.entries(written().annotations).filter(([key]) => key.startsWith("run.oci."));
    };
    assert.deepEqual(await told("runtimeDefault", filters), [["run.oci.seccomp_bpf_data", "ours"]]);
    assert.equal(written().linux.seccomp.defaultAction, "SCMP_ACT_ERRNO", "the profile stays, for its flags");
    assert.deepEqual(await told("unconfined", filters), []);
    assert.deepEqual(await told("runtimeDefault"), []);
    assert.deepEqual(asked, [["c1", "SCMP_ACT_ERRNO"]]);
  });

  it("keeps what an exec needs: all of the process but its command", async () => {
    const envs = [{ key: "A", value: bytes("1") }];
    await store.write(request({ config: containerConfig({ command: ["app"], workingDir: "/w", envs }) }));
    const file = await make("/another/daemon").writeProcess(id, "e1", ["ls", "-l"]);
    const process = JSON.parse(readFileSync(file, "utf8"));
    assert.deepEqual([process.args, process.cwd, process.env.at(-1)], [["ls", "-l"], "/w", "A=1"]);
    await assert.rejects(store.writeProcess(id, "e2", []), { code: "Invalid", message: "the command is empty" });
    await store.removeProcess(id, "e1");
    await store.removeProcess(id, "e1");
    assert.equal(existsSync(file), false);
  });

  it("knows no exec in a container without a bundle", async () => {
    await assert.rejects(store.writeProcess(containerId("gone"), "e1", ["ls"]), { code: "NotFound" });
  });

  it("is removed, also when it is not there", async () => {
    await store.write(request());
    await store.remove(id);
    await store.remove(id);
    assert.equal(existsSync(at()), false);
  });

  it("takes mount sources as the host resolved them, and checks their propagation", async () => {
    const mount = { containerPath: "/v", readonly: false, recursiveReadOnly: false } as const;
    const shared = { ...mount, hostPath: "/shared/x", propagation: "bidirectional" } as const;
    await store.write(request({ config: containerConfig({ command: ["app"], mounts: [shared] }) }));
    assert.equal(written().linux.rootfsPropagation, "rshared");
    assert.ok(written().mounts.some(({ source }: { source: string }) => source === "/real/shared/x"));
    const other = { ...shared, hostPath: "/other" };
    await assert.rejects(store.write(request({ config: containerConfig({ command: ["app"], mounts: [other] }) })), {
      code: "Invalid",
      message: /path "\/real\/other" is mounted on "\/", which is not a shared mount/,
    });
  });

  it("uses the node's profile for RuntimeDefault and the pod's for Localhost", async () => {
    const seccomp = async (type: "runtimeDefault" | "localhost", localhostRef: string) => {
      const security = containerSecurity({ seccomp: { type, localhostRef } });
      await store.write(request({ config: containerConfig({ command: ["app"], security }) }));
      return written().linux.seccomp.defaultAction;
    };
    assert.equal(await seccomp("runtimeDefault", ""), "SCMP_ACT_ERRNO");
    assert.equal(await seccomp("localhost", "localhost//profiles/p.json"), "SCMP_ACT_LOG");
    await assert.rejects(seccomp("localhost", "p.json"), {
      code: "Invalid",
      message: /host path "p.json" of the seccomp profile/,
    });
  });

  it("refuses RuntimeDefault with the remedy where the node has no profile", async () => {
    const security = containerSecurity({ seccomp: { type: "runtimeDefault", localhostRef: "" } });
    const write = make("/no/such.json").write(request({ config: containerConfig({ command: ["app"], security }) }));
    await assert.rejects(write, { code: "Unavailable", message: /\/no\/such\.json cannot be read; install it/ });
  });

  it("refuses what is no device, and paths that are not absolute", async () => {
    const device = { containerPath: "/dev/x", permissions: "rw" };
    const write = (config: object) =>
      store.write(request({ config: containerConfig({ command: ["app"], ...config }) }));
    await assert.rejects(write({ devices: [{ ...device, hostPath: "/dev/other" }] }), {
      code: "Invalid",
      message: /neither a device node/,
    });
    await assert.rejects(write({ devices: [{ ...device, hostPath: "dev" }] }), {
      code: "Invalid",
      message: /host path "dev"/,
    });
    const mount = {
      containerPath: "/v",
      hostPath: "",
      readonly: false,
      recursiveReadOnly: false,
      propagation: "private",
    };
    await assert.rejects(write({ mounts: [mount] }), {
      code: "Invalid",
      message: 'host path "" of mount "/v" is not an absolute path',
    });
  });
});
