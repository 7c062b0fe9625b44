import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mounts, type FoundMount, type MountsRequest } from "../../../../src/drivers/oci/spec/mounts.ts";
import { host } from "../support/builders.ts";

const volume = (containerPath: string, overrides: Partial<FoundMount> = {}): FoundMount => ({
  containerPath,
  hostPath: "/h",
  source: "/real",
  readonly: false,
  recursiveReadOnly: false,
  propagation: "private",
  ...overrides,
});

const of = (overrides: Partial<MountsRequest> = {}) =>
  mounts({
    volumes: [],
    files: { hostname: "/f/hostname", resolvConf: "/f/resolv.conf", hosts: "/f/hosts", shm: "/f/shm" },
    readonlyRootfs: false,
    privileged: false,
    features: { idmappedMounts: false, recursiveReadOnly: true, seccomp: true },
    host: host(),
    ...overrides,
  });
const targets = (overrides: Partial<MountsRequest> = {}) => of(overrides).map(({ destination }) => destination);
const optionsAt = (destination: string, overrides: Partial<MountsRequest> = {}) =>
  of(overrides).find((mount) => mount.destination === destination)?.options ?? [];

const filesystems = ["/proc", "/dev", "/dev/pts", "/dev/mqueue", "/sys", "/sys/fs/cgroup"];
const files = ["/etc/hostname", "/etc/resolv.conf", "/etc/hosts", "/dev/shm"];

describe("the mounts of a container", () => {
  it("are the kernel's filesystems and the sandbox's files", () => {
    assert.deepEqual(targets(), [...filesystems, ...files]);
  });

  it("have the ids and flags that a volume has of its own, and never lose the ids in silence", () => {
    const ids = [{ containerId: 0, hostId: 65_536, length: 10 }];
    const mapped = volume("/v", { mappings: { uids: ids, gids: ids }, options: ["noexec", "nosuid"] });
    const features = { idmappedMounts: true, recursiveReadOnly: true, seccomp: true };
    const written = of({ volumes: [mapped], features }).find(({ destination }) => destination === "/v");
    assert.deepEqual(written?.options, ["rbind", "rprivate", "rw", "noexec", "nosuid"]);
    assert.deepEqual(written?.uidMappings, [{ containerID: 0, hostID: 65_536, size: 10 }]);
    assert.deepEqual(written?.gidMappings, written?.uidMappings);
    assert.throws(() => of({ volumes: [mapped] }), { code: "Invalid", message: /would leave out in silence/ });
  });

  it("show the host's /sys to a pod with users of its own in the host's network", () => {
    const sys = of({ hostSys: true }).find(({ destination }) => destination === "/sys");
    assert.deepEqual([sys?.type, sys?.source], ["bind", "/sys"]);
    assert.ok(sys?.options.includes("rro"));
  });

  it("have volumes by depth, parents first, the order of equals kept", () => {
    const volumes = [volume("/a/b/c"), volume("/b/"), volume("/a"), volume("/etc/hosts/")];
    const expected = ["/b", "/a", "/etc/hostname", "/etc/resolv.conf", "/dev/shm", "/etc/hosts", "/a/b/c"];
    assert.deepEqual(targets({ volumes }), [...filesystems, ...expected]);
  });

  it("leave what lies in /dev and /sys to a volume there", () => {
    assert.deepEqual(targets({ volumes: [volume("/dev")] }), ["/proc", "/sys", "/sys/fs/cgroup", "/dev", ...files]);
    assert.deepEqual(targets({ volumes: [volume("/sys")] }).slice(0, 4), ["/proc", "/dev", "/dev/pts", "/dev/mqueue"]);
    assert.ok(targets({ volumes: [volume("/proc/x")] }).includes("/proc"));
  });

  it("are read-only where the root filesystem is, but for shared memory", () => {
    assert.ok(optionsAt("/etc/hosts", { readonlyRootfs: true }).includes("ro"));
    assert.ok(optionsAt("/dev/shm", { readonlyRootfs: true }).includes("rw"));
    assert.ok(optionsAt("/etc/hosts").includes("rw"));
  });

  it("let only a privileged container write to /sys and to cgroups", () => {
    for (const at of ["/sys", "/sys/fs/cgroup"]) {
      assert.ok(optionsAt(at).includes("ro"));
      assert.ok(optionsAt(at, { privileged: true }).includes("rw"));
    }
  });

  it("show a privileged container the host's own mount of cgroup v2: a further one would change its options", () => {
    const typeIn = (request: Partial<MountsRequest>) =>
      of(request).find(({ destination }) => destination === "/sys/fs/cgroup")?.type;
    assert.equal(typeIn({ privileged: true }), "bind");
    assert.equal(typeIn({}), "cgroup"); // in a cgroup namespace of its own
    const cgroup = { ...host().cgroup, layout: "v1" } as const;
    assert.equal(typeIn({ privileged: true, host: host({ cgroup }) }), "cgroup");
  });

  it("bind volumes with all below them, with their propagation", () => {
    const at = (overrides: Partial<FoundMount>) => optionsAt("/v", { volumes: [volume("/v", overrides)] });
    assert.deepEqual(at({}), ["rbind", "rprivate", "rw"]);
    assert.deepEqual(at({ readonly: true, propagation: "hostToContainer" }), ["rbind", "rslave", "ro"]);
    assert.deepEqual(at({ propagation: "bidirectional" }), ["rbind", "rshared", "rw"]);
    assert.deepEqual(at({ readonly: true, recursiveReadOnly: true }), ["rbind", "rprivate", "rro"]);
  });

  it("are refused where recursively read-only cannot be had, in the words that the kubelet looks for", () => {
    const refused = (request: Partial<MountsRequest>, overrides: Partial<FoundMount>, message: RegExp) => {
      const volumes = [volume("/v", { readonly: true, recursiveReadOnly: true, ...overrides })];
      assert.throws(() => of({ ...request, volumes }), { code: "Invalid", message });
    };
    refused({}, { readonly: false }, /only if it is read-only/);
    refused({}, { propagation: "hostToContainer" }, /propagation private/);
    const features = { idmappedMounts: false, recursiveReadOnly: false, seccomp: true };
    refused({ features }, {}, /^RROUnsupported: .*OCI runtime/);
    refused({ host: host({ kernel: "5.10.1" }) }, {}, /^RROUnsupported: .*Linux 5\.12/);
  });

  it("are refused on the root and on paths that are not absolute", () => {
    assert.throws(() => of({ volumes: [volume("/")] }), { code: "Invalid" });
    assert.throws(() => of({ volumes: [volume("data")] }), {
      code: "Invalid",
      message: /"data" is not an absolute path/,
    });
  });
});
