import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Invalid } from "../../../src/errors.ts";
import { codec } from "../../../src/grpc/contract.ts";
import type { Draft } from "../../../src/grpc/draft.ts";
import {
  configuredContainer,
  configuredSandbox,
  containerConfigFromBytes,
  sandboxConfigFromBytes,
} from "../../../src/grpc/from-cri/configured.ts";
import type { ContainerConfig } from "../../../src/grpc/messages/container-config.ts";
import type { CreateContainerRequest } from "../../../src/grpc/messages/container.ts";
import type { PodSandboxConfig, RunPodSandboxRequest } from "../../../src/grpc/messages/sandbox.ts";
import { containerMessage, sandboxMessage } from "../../support/fake-runtime.ts";

const runs = codec<RunPodSandboxRequest>("RunPodSandboxRequest");
const creates = codec<CreateContainerRequest>("CreateContainerRequest");

const sandbox = (config?: Draft<PodSandboxConfig>) => {
  const bytes = runs.encode({ config });
  return configuredSandbox(runs.decode(bytes), bytes);
};
const container = (config?: Draft<ContainerConfig>) => {
  const bytes = creates.encode({ config, sandbox_config: sandboxMessage() });
  return configuredContainer(creates.decode(bytes), bytes);
};

describe("a request's configuration", () => {
  it("reads the same from the bytes that are kept of it", () => {
    const pod = sandbox(sandboxMessage());
    assert.deepEqual(sandboxConfigFromBytes(pod.bytes), pod.config);
    const one = container(containerMessage({ envs: [{ key: "A", value: Buffer.from([255]) }] }));
    assert.deepEqual(containerConfigFromBytes(one.bytes), one.config);
  });

  it("has equal bytes for an equal request, in whatever order its labels came", () => {
    const one = sandbox(sandboxMessage({ labels: { a: "1", b: "2" } }));
    const other = sandbox(sandboxMessage({ labels: { b: "2", a: "1" } }));
    assert.deepEqual(one.bytes, other.bytes);
  });

  it("is refused where it is missing", () => {
    assert.throws(() => sandbox(), new Invalid("config is missing"));
    assert.throws(() => container(), new Invalid("config is missing"));
  });
});
