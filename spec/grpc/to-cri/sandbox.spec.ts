import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PodSandboxState } from "../../../src/grpc/messages/sandbox.ts";
import { NamespaceMode } from "../../../src/grpc/messages/security.ts";
import { podSandbox, podSandboxStatus, sandboxInfo } from "../../../src/grpc/to-cri/sandbox.ts";
import { sandboxConfigOf, sandboxView } from "../../support/fake-runtime.ts";

const onHost = sandboxConfigOf({
  linux: { security_context: { namespace_options: { network: NamespaceMode.NODE, pid: NamespaceMode.CONTAINER } } },
});

describe("a sandbox in a list", () => {
  it("has its identity, and labels and annotations as they came", () => {
    const entry = podSandbox(sandboxView({ handler: "runc" }));
    assert.deepEqual(entry.metadata, { name: "web", uid: "9ffa4c5e", namespace: "shop", attempt: 1 });
    assert.deepEqual([entry.labels, entry.annotations], [{ app: "web" }, { note: "as it came" }]);
    assert.deepEqual([entry.created_at, entry.runtime_handler], ["1700000000000000001", "runc"]);
  });

  it("is ready or not", () => {
    assert.equal(podSandbox(sandboxView()).state, PodSandboxState.SANDBOX_READY);
    assert.equal(podSandbox(sandboxView({ ready: false })).state, PodSandboxState.SANDBOX_NOTREADY);
  });
});

describe("a sandbox's status", () => {
  it("has the primary address first, and the others apart", () => {
    assert.deepEqual(podSandboxStatus(sandboxView()).network, { ip: "10.1.0.7", additional_ips: [{ ip: "fd00::7" }] });
  });

  it("has a network without an address on the host's network, and says that it is the host's", () => {
    const status = podSandboxStatus(sandboxView({ config: onHost, ips: [] }));
    assert.deepEqual(status.network, { ip: "", additional_ips: [] });
    assert.deepEqual(status.linux?.namespaces?.options, {
      network: NamespaceMode.NODE,
      pid: NamespaceMode.CONTAINER,
      ipc: NamespaceMode.POD,
      target_id: "",
    });
  });

  it("comes with a JSON object for people", () => {
    assert.partialDeepStrictEqual(JSON.parse(sandboxInfo(sandboxView(), 4711)["info"] ?? ""), {
      pid: 4711,
      lifecycle: "ready",
      namespaces: { network: "/run/netns/troupe-5" },
      runtimeSpec: { linux: { namespaces: [{ type: "network", path: "/run/netns/troupe-5" }] } },
    });
  });

  it("says no pid rather than 0, which would be the host, where nothing lives in the pod", () => {
    const info = JSON.parse(sandboxInfo(sandboxView(), undefined)["info"] ?? "") as object;
    assert.ok(!("pid" in info));
  });

  it("shows the pod's sums as they came, and where its shared process namespace is", () => {
    const config = sandboxConfigOf({
      linux: {
        resources: { cpu_shares: "512" },
        security_context: {
          namespace_options: { network: NamespaceMode.POD, pid: NamespaceMode.POD, ipc: NamespaceMode.POD },
        },
      },
    });
    const view = sandboxView({ config, sums: config.sums ?? {} });
    assert.partialDeepStrictEqual(JSON.parse(sandboxInfo(view, 99)["info"] ?? ""), {
      resources: { cpu_shares: "512" },
      runtimeSpec: { linux: { namespaces: [{ type: "network" }, { type: "pid", path: "/proc/99/ns/pid" }] } },
    });
  });
});
