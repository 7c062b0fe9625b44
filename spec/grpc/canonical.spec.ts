import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canonical, fieldBytes } from "../../src/grpc/canonical.ts";
import { codec } from "../../src/grpc/contract.ts";
import type { ContainerConfig } from "../../src/grpc/messages/container-config.ts";
import type { CreateContainerRequest } from "../../src/grpc/messages/container.ts";

const request = codec<CreateContainerRequest>("CreateContainerRequest");
const config = codec<ContainerConfig>("ContainerConfig");
const same = (one: Uint8Array, other: Uint8Array) => assert.deepEqual(Buffer.from(one), Buffer.from(other));
// Field 1011, as a newer client might send it.
const unknownField = Buffer.from([0x9a, 0x3f, 2, 65, 66]);

const bytes = (labels: Record<string, string>, unified: Record<string, string>) =>
  canonical(config.coder, config.encode({ labels, linux: { resources: { unified } } }));

describe("the bytes of a field", () => {
  it("are the encoded message, without what stands around it", () => {
    const inner = config.encode({ command: ["top"] });
    same(
      fieldBytes(request.encode({ pod_sandbox_id: "5", config: { command: ["top"] }, sandbox_config: {} }), 2),
      inner,
    );
  });

  it("are merged where it comes twice, as protobuf has it", () => {
    const twice = Buffer.concat([
      request.encode({ config: { command: ["a"] } }),
      request.encode({ config: { command: ["b"], tty: true } }),
    ]);
    const { command, tty } = config.decode(fieldBytes(twice, 2));
    assert.deepEqual({ command, tty }, { command: ["a", "b"], tty: true });
  });

  it("are none where it is absent", () =>
    assert.equal(fieldBytes(request.encode({ pod_sandbox_id: "5" }), 2).length, 0));
});

describe("canonical bytes", () => {
  it("are equal in whatever order the kubelet appended its services' variables; of two equal names the last one counts", () => {
    const of = (...envs: readonly string[]) =>
      canonical(
        config.coder,
        config.encode({ envs: envs.map((one) => ({ key: one[0]!, value: Buffer.from(one.slice(1)) })) }),
      );
    same(of("A1", "B2", "C3"), of("C3", "A1", "B2"));
    assert.notDeepEqual(Buffer.from(of("A1", "A2")), Buffer.from(of("A2", "A1")));
  });

  it("are equal for equal configurations, in whatever order a client wrote its maps", () => {
    same(bytes({ a: "1", b: "2", c: "3" }, { x: "1", y: "2" }), bytes({ c: "3", a: "1", b: "2" }, { y: "2", x: "1" }));
  });

  it("differ where a value differs", () => {
    assert.notDeepEqual(bytes({ a: "1" }, {}), bytes({ a: "2" }, {}));
  });

  it("keep lists in their order", () => {
    const words = canonical(config.coder, config.encode({ command: ["b", "a"] }));
    assert.deepEqual(config.decode(words).command, ["b", "a"]);
  });

  it("keep fields that this version does not know", () => {
    const kept = canonical(config.coder, Buffer.concat([unknownField, config.encode({ command: ["top"] })]));
    assert.ok(Buffer.from(kept).includes(unknownField));
    same(canonical(config.coder, kept), kept);
  });
});
