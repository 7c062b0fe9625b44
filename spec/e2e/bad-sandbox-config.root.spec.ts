import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { PodConfig } from "../support/kubelet.ts";
import { crun, testBed, type TestBed } from "../support/test-bed.ts";

const metadata = { name: "web", uid: "u", namespace: "e2e", attempt: 0 };

describe("sandbox configurations that cannot work", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "sandbox", handlers: { crun, ghost: "/opt/ghost/runtime" } });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const refusals: readonly { readonly what: string; readonly more: PodConfig; readonly message: RegExp | string }[] = [
    { what: "no metadata", more: { metadata: null }, message: "config.metadata is missing" },
    { what: "empty metadata", more: { metadata: {} }, message: "config.metadata.name is empty" },
    { what: "no uid", more: { metadata: { ...metadata, uid: "" } }, message: "config.metadata.uid is empty" },
    {
      what: "no namespace",
      more: { metadata: { ...metadata, namespace: "" } },
      message: "config.metadata.namespace is empty",
    },
    {
      what: "a name with a slash",
      more: { metadata: { ...metadata, name: "a/b" } },
      message: /^config\.metadata\.name is "a\/b": a name has no "\/"/,
    },
    {
      what: "a name that is ..",
      more: { metadata: { ...metadata, name: ".." } },
      message: /^config\.metadata\.name is "\.\.": /,
    },
    {
      what: "a name of 300 bytes",
      more: { metadata: { ...metadata, name: "ä".repeat(150) } },
      message: "config.metadata.name has 300 bytes, more than the 253 that a name may have",
    },
    {
      what: "a host name of 65 bytes",
      more: { hostname: "h".repeat(65) },
      message: "config.hostname has 65 bytes, more than the 64 that Linux takes",
    },
    {
      what: "a log directory that is not absolute",
      more: { log_directory: "var/log" },
      message: /^config\.log_directory is "var\/log", which is no absolute path$/,
    },
    {
      what: "a log directory that climbs",
      more: { log_directory: "/var/log/../../etc" },
      message: /^config\.log_directory is "\/var\/log\/\.\.\/\.\.\/etc": "\.\." is not allowed in it$/,
    },
    {
      what: "a cgroup parent of the other cgroup driver",
      more: { linux: { cgroup_parent: "kubepods-besteffort.slice" } },
      message: /is a systemd slice, but this node's cgroup driver is cgroupfs; give the kubelet the same cgroupDriver$/,
    },
    {
      what: "a cgroup parent that climbs",
      more: { linux: { cgroup_parent: "/kubepods/../.." } },
      message: /^config\.linux\.cgroup_parent is "\/kubepods\/\.\.\/\.\.": "\.\." is not allowed in it$/,
    },
    {
      what: "a sysctl of the whole host",
      more: { linux: { sysctls: { "kernel.panic": "1" } } },
      message: /sysctl "kernel\.panic" is not one of a pod's own: it would be set for the whole host$/,
    },
    {
      what: "a sysctl that this kernel does not know",
      more: { linux: { sysctls: { "net.ipv4.no_such_thing": "1" } } },
      message: /sysctl "net\.ipv4\.no_such_thing" is not known to this kernel$/,
    },
  ];
  for (const { what, more, message } of refusals)
    it(`${what} is refused in words`, async () => {
      const config = { ...bed.kubelet.podConfig("web"), ...more };
      await assert.rejects(bed.kubelet.runPod(config), { code: "INVALID_ARGUMENT", message });
    });

  it("users of its own are refused where there are two mappings, or none for root", async () => {
    const whole = { host_id: 100_000, container_id: 0, length: 65_536 };
    for (const [mapping, message] of [
      [[whole, { ...whole, host_id: 200_000, container_id: 65_536 }], /userns_options/],
      [[{ ...whole, container_id: 1 }], /userns_options/],
    ] as const) {
      const userns_options = { mode: NamespaceMode.POD, uids: mapping, gids: mapping };
      const linux = { security_context: { namespace_options: { pid: NamespaceMode.CONTAINER, userns_options } } };
      const config = bed.kubelet.podConfig("web", { linux });
      await assert.rejects(bed.kubelet.runPod(config), { code: "INVALID_ARGUMENT", message });
    }
  });

  it("an unknown runtime handler is refused with the names of the known ones: never the default instead", async () => {
    await assert.rejects(bed.kubelet.runPod(bed.kubelet.podConfig("web"), { handler: "kata" }), {
      code: "INVALID_ARGUMENT",
      message: 'runtime_handler "kata" is not configured here; the handlers are crun',
    });
  });

  it("a handler whose program is missing is refused with that reason", async () => {
    await assert.rejects(bed.kubelet.runPod(bed.kubelet.podConfig("web"), { handler: "ghost" }), {
      code: "UNAVAILABLE",
      message:
        /^the runtime handler "ghost" cannot be used on this node: \/opt\/ghost\/runtime .*(install|check|runtime_path)/,
    });
    const { runtime_handlers: handlers } = await bed.kubelet.cri.call("Status", {});
    assert.deepEqual(
      handlers.map(({ name }) => name),
      ["", "crun"],
    );
  });

  it("a log directory that is not there is made when there is something to log", async () => {
    const { kubelet, logs } = bed;
    const pod = await kubelet.runPod(
      kubelet.podConfig("unlogged", { log_directory: join(logs, "not", "there", "yet") }),
    );
    const id = await kubelet.run(pod, "app", "echo told", { log_path: "app/0.log" });
    assert.equal((await kubelet.exited(id)).exit_code, 0);
    const log = join(logs, "not/there/yet/app/0.log");
    assert.equal((await kubelet.status(id)).log_path, log);
    assert.match(readFileSync(log, "utf8"), / stdout F told\n$/);
    await kubelet.endPod(pod);
    assert.ok(existsSync(log), "the log is the kubelet's to remove");
  });

  it("a pod without a log directory runs, and its containers have no log", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("silent", { log_directory: "" }));
    const id = await kubelet.run(pod, "app", "i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i + 1)); done");
    assert.equal((await kubelet.exited(id)).exit_code, 0);
    assert.equal((await kubelet.status(id)).log_path, "");
    await kubelet.endPod(pod);
  });
});
