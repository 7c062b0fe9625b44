import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BundleRequest } from "../../../../src/drivers/oci/bundle.ts";
import { noEdits } from "../../../../src/drivers/oci/cdi/edits.ts";
import { defaultSettings } from "../../../../src/drivers/oci/container-settings.ts";
import { refuseUnworkable, writeSpec, type Found } from "../../../../src/drivers/oci/spec/spec.ts";
import type { Host } from "../../../../src/drivers/oci/host.ts";
import {
  bundleRequest,
  containerConfig,
  containerSecurity,
  host,
  imageConfig,
  resourcesOf,
  sandboxConfig,
} from "../support/builders.ts";

const found: Found = {
  volumes: [],
  devices: [],
  cdiNodes: [],
  edits: noEdits,
  hooks: [],
  confinement: { warnings: [] },
  user: { uid: 0, gid: 0, groups: [0] },
};
const settings = { ...defaultSettings, defaultCapabilities: ["CAP_KILL"], limits: {} };
const of = (request: Partial<BundleRequest> = {}, on: Host = host(), what: Partial<Found> = {}) => {
  const written = writeSpec(bundleRequest(request), { ...found, ...what }, settings, on);
  return { ...written, spec: JSON.parse(JSON.stringify(written.spec)) };
};
const secured = (security: Parameters<typeof containerSecurity>[0]) => ({
  config: containerConfig({ command: ["app"], security: containerSecurity(security) }),
});
const hidden = { maskedPaths: ["/proc/keys"], readonlyPaths: ["/proc/sys"] };

describe("config.json", () => {
  it("hides what CRI says and no more, and nothing from a privileged container", () => {
    const { linux } = of(secured(hidden)).spec;
    assert.deepEqual([linux.maskedPaths, linux.readonlyPaths], [["/proc/keys"], ["/proc/sys"]]);
    const privileged = of(secured({ ...hidden, privileged: true }), host(), { hostNodes: [] }).spec.linux;
    assert.deepEqual([privileged.maskedPaths, privileged.readonlyPaths], [[], []]);
  });

  it("has a cgroup namespace on v2, but not on v1, nor for a privileged container", () => {
    const has = (spec: { linux: { namespaces: { type: string }[] } }) =>
      spec.linux.namespaces.some(({ type }) => type === "cgroup");
    assert.ok(has(of().spec));
    assert.ok(!has(of(secured({ privileged: true }), host(), { hostNodes: [] }).spec));
    assert.ok(!has(of({}, host({ cgroup: { ...host().cgroup, layout: "v1" } })).spec));
  });

  it("names the host only where the pod has a UTS namespace to be named in", () => {
    assert.equal(of().spec.hostname, undefined);
    assert.equal(of({ namespaces: { uts: "/run/utsns/u" } }).spec.hostname, "web");
  });

  it("filters system calls by the capabilities that the container has", () => {
    const rule = { names: ["kill"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_KILL"] } };
    const seccomp = { profile: { defaultAction: "SCMP_ACT_ERRNO", syscalls: [rule] }, source: "p" };
    assert.equal(of({}, host(), { seccomp }).spec.linux.seccomp.syscalls.length, 1);
    assert.equal(
      of(secured({ dropCapabilities: ["KILL"] }), host(), { seccomp }).spec.linux.seccomp.syscalls.length,
      0,
    );
  });

  it("tells gVisor and Kata that it is a container of its sandbox, and passes on none of the pod's annotations", () => {
    const config = containerConfig({ command: ["app"], annotations: { "run.oci.hooks": "x" } });
    const { annotations } = of({ config }).spec;
    assert.equal(annotations["io.kubernetes.cri.container-type"], "container");
    assert.equal(annotations["io.kubernetes.cri.sandbox-id"], "s1");
    assert.equal(annotations["io.kubernetes.cri-o.ContainerType"], "container");
    assert.equal(annotations["io.kubernetes.cri-o.SandboxID"], "s1");
    assert.equal(annotations["run.oci.hooks"], undefined);
  });

  it("tells systemd what its scope may have of processes: crun limits only a cgroup below it", () => {
    const scope = "org.systemd.property.TasksMax";
    assert.equal(of({ cgroupsPath: "kubepods-pod1.slice:troupe:c1" }).spec.annotations[scope], "uint64 4194304");
    assert.equal(of({ cgroupsPath: "/kubepods/pod1/troupe-c1" }).spec.annotations[scope], undefined);
  });

  it("obeys annotations of the pod that its handler allows, and no others", () => {
    const annotations = {
      "umask.crio.io": "027",
      "unified-cgroup.crio.io/app": "memory.high=1000000;memory.low=5",
      "cgroup2-mount-hierarchy-rw.crio.io": "true",
      "run.oci.keep_original_groups": "1",
    };
    const obeying = (allowedAnnotations: readonly string[], on: Host = host()) => {
      const handlers = new Map([["crun", { allowedAnnotations }]]);
      const config = containerConfig({ command: ["app"], resources: resourcesOf({ unified: { "memory.low": "9" } }) });
      const request = bundleRequest({ config, sandbox: sandboxConfig({ annotations }) });
      return writeSpec(request, found, { ...settings, handlers }, on).spec;
    };
    const cgroupOptions = (spec: ReturnType<typeof obeying>) =>
      spec.mounts.find(({ destination }) => destination === "/sys/fs/cgroup")?.options ?? [];
    const all = obeying(["umask.", "unified-cgroup.", "cgroup2-mount-hierarchy-rw.", "run.oci."]);
    assert.equal(all.process.user.umask, 0o027);
    assert.deepEqual(all.linux.resources.unified, { "memory.low": "5", "memory.high": "1000000" });
    assert.ok(cgroupOptions(all).includes("rw"));
    assert.equal(all.annotations["run.oci.keep_original_groups"], "1");
    const none = obeying([]);
    assert.equal(none.process.user.umask, undefined);
    assert.deepEqual(none.linux.resources.unified, { "memory.low": "9" });
    assert.ok(cgroupOptions(none).includes("ro"));
    assert.equal(none.annotations["run.oci.keep_original_groups"], undefined);
  });

  it("refuses values of annotations that cannot be meant", () => {
    const saying = (annotations: Readonly<Record<string, string>>) => {
      const handlers = new Map([["crun", { allowedAnnotations: ["umask.", "unified-cgroup."] }]]);
      return writeSpec(
        bundleRequest({ sandbox: sandboxConfig({ annotations }) }),
        found,
        { ...settings, handlers },
        host(),
      );
    };
    assert.throws(() => saying({ "umask.crio.io": "999" }), { code: "Invalid", message: /umask is "999"/ });
    assert.throws(() => saying({ "unified-cgroup.crio.io": "high" }), { code: "Invalid", message: /has "high"/ });
  });

  it("has what its CDI devices bring, before what image, pod and node say", () => {
    const mount = { destination: "/etc/hosts", type: "bind", source: "/v/hosts", options: ["ro", "bind"] };
    const edits = {
      ...noEdits,
      env: ["A=device"],
      mounts: [mount],
      additionalGids: [44],
      intelRdt: { closID: "fast" },
      hooks: [{ stage: "poststop", hook: { path: "/v/stop" } }] as const,
    };
    const defaultMounts = [{ destination: "/run/secrets", type: "bind", source: "/copy", options: ["bind"] }];
    const envs = [{ key: "A", value: Buffer.from("pod") }];
    const { spec } = of({ config: containerConfig({ command: ["app"], envs }) }, host(), { edits, defaultMounts });
    assert.ok(spec.process.env.includes("A=device"));
    assert.deepEqual(spec.process.user.additionalGids, [0, 44]);
    const at = (path: string) => spec.mounts.filter(({ destination }: { destination: string }) => destination === path);
    assert.deepEqual(at("/etc/hosts"), [mount]);
    assert.deepEqual(at("/run/secrets"), defaultMounts);
    assert.deepEqual([spec.linux.intelRdt, spec.hooks], [{ closID: "fast" }, { poststop: [{ path: "/v/stop" }] }]);
  });

  it("gathers what this host could not give", () => {
    const resources = resourcesOf({ oomScoreAdj: -5, hugepageLimits: [{ pageSize: "2MB", limit: 1 }] });
    const config = containerConfig({ command: ["app"], resources });
    const weak = host({ sysResource: false, cgroup: { ...host().cgroup, controllers: new Set() } });
    assert.equal(of({ config, image: imageConfig({ stopSignal: "?" }) }, weak).warnings.length, 3);
  });
});

describe("a configuration that can never work", () => {
  const refused = (config: Parameters<typeof containerConfig>[0], code: string, message: RegExp) =>
    assert.throws(() => refuseUnworkable({ config: containerConfig(config), sandbox: sandboxConfig() }), {
      code,
      message,
    });

  it("is refused before anything is looked up", () => {
    refused({ security: containerSecurity({ privileged: true }) }, "Invalid", /needs a privileged sandbox/);
    refused(
      { security: containerSecurity({ seccomp: { type: "unconfined", localhostRef: "/p" } }) },
      "Invalid",
      /type is unconfined/,
    );
    refused({ security: containerSecurity({ maskedPaths: ["proc"] }) }, "Invalid", /"proc" is not absolute/);
  });
});
