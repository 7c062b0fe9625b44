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
    assert.partialDeepStrictEqual(JSON.parse(sandboxInfo(sandboxView())["info"] ?? ""), {
      lifecycle: "ready",
      namespaces: { network: "/run/netns/troupe-5" },
    });
  });
});
