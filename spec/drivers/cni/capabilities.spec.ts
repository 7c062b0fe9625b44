import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { capabilityArgs, runtimeConfig } from "../../../src/drivers/cni/capabilities.ts";
import { cniArgs, formatArgs } from "../../../src/drivers/cni/cni-args.ts";
import type { Conflist } from "../../../src/drivers/cni/conflist.ts";
import { attachRequest, sandboxId } from "./fake-plugins.ts";

const network = (...plugins: readonly Record<string, boolean>[]): Conflist => ({
  name: "pods",
  cniVersion: "1.0.0",
  plugins: plugins.map((capabilities, index) => ({ type: `p${index}`, capabilities })),
  onlyInlined: true,
});

const bandwidth = (value: string): unknown =>
  capabilityArgs(
    network({ bandwidth: true }),
    attachRequest({ annotations: { "kubernetes.io/ingress-bandwidth": value } }),
  )["bandwidth"];

describe("what plugins are told of the pod", () => {
  it("is only what some plugin declares, and only what the pod says", () => {
    const request = attachRequest({ cgroupParent: "/pods/x", annotations: { a: "b" } });
    assert.deepEqual(capabilityArgs(network({ portMappings: true }, { cgroupPath: true, dns: true }), request), {
      cgroupPath: "/pods/x",
    });
    assert.deepEqual(capabilityArgs(network({}), request), {});
  });

  it("goes to those plugins alone that set the capability to true", () => {
    const { plugins } = network({ dns: true, cgroupPath: false }, {});
    const args = { dns: { servers: [] }, cgroupPath: "/x" };
    assert.deepEqual(
      plugins.map((plugin) => runtimeConfig(plugin, args)),
      [{ dns: { servers: [] } }, undefined],
    );
  });

  it("names ports in lower camel case and leaves out those without a host port", () => {
    const port = { protocol: "tcp", containerPort: 80, hostPort: 8080, hostIp: "" } as const;
    const request = attachRequest({
      portMappings: [port, { ...port, hostPort: 0 }, { ...port, protocol: "udp", hostPort: 53, hostIp: "127.0.0.1" }],
    });
    assert.deepEqual(capabilityArgs(network({ portMappings: true }), request)["portMappings"], [
      { hostPort: 8080, containerPort: 80, protocol: "tcp" },
      { hostPort: 53, containerPort: 80, protocol: "udp", hostIP: "127.0.0.1" },
    ]);
  });

  it("refuses a host port that nobody maps", () => {
    const request = attachRequest({
      portMappings: [{ protocol: "tcp", containerPort: 80, hostPort: 8080, hostIp: "" }],
    });
    assert.throws(() => capabilityArgs(network({}), request), {
      code: "Invalid",
      message: /host port 8080, and no plugin of CNI network "pods" maps ports/,
    });
  });

  it("reads rates as Kubernetes writes quantities", () => {
    const rates = ["1k", "10M", "1.5G", "2e6", "1Ki", "1P", "2048"].map(bandwidth);
    assert.deepEqual(
      rates,
      [1e3, 1e7, 1.5e9, 2e6, 1024, 1e15, 2048].map((ingressRate) => ({ ingressRate, ingressBurst: 2 ** 35 - 9 })),
    );
  });

  it("refuses a rate that is none, or too small or too large to be meant", () => {
    for (const value of ["", "fast", "999", "2P", "-5M", "5m"])
      assert.throws(() => bandwidth(value), { code: "Invalid", message: /ingress-bandwidth/ });
  });
});

describe("CNI_ARGS", () => {
  it("say which pod it is, in the words of all providers", () => {
    assert.equal(
      formatArgs(cniArgs(attachRequest())),
      `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0;K8S_POD_INFRA_CONTAINER_ID=${sandboxId("a")};K8S_POD_UID=0b8f`,
    );
  });

  it("take no value that would be read as more than one", () => {
    for (const podName of ["a;IP=10.0.0.1", "a=b", "a\0b"])
      assert.throws(() => cniArgs(attachRequest({ podName })), { code: "Invalid", message: /K8S_POD_NAME/ });
  });
});
