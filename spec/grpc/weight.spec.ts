import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { within } from "../../scripts/slow.ts";
import { criCalls } from "../../src/grpc/calls/index.ts";
import { method, type MethodName } from "../../src/grpc/contract.ts";
import { Dispatch } from "../../src/grpc/dispatch.ts";
import { fakeRuntime } from "../support/fake-runtime.ts";
import { patient } from "../support/fake-node.ts";

const dispatch = new Dispatch({
  calls: criCalls(fakeRuntime(), { name: "troupe", version: "1.0.0" }),
  inFlight: 10,
  watch: () => () => {},
  defect: (name, error) => assert.fail(`${name}: ${String(error)}`),
});

/** A length-delimited field. */
const field = (number: number, content: Uint8Array): Uint8Array => {
  const length: number[] = [];
  for (let left = content.length; ; left >>>= 7) {
    length.push(left < 128 ? left : (left & 127) | 128);
    if (left < 128) break;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), content]);
};

const many = (count: number, ...bytes: readonly number[]): Uint8Array =>
  Buffer.alloc(count * bytes.length, Buffer.from(bytes));

const MiB = 1 << 20;
const tooMany = /^the \w+ has more than 400000 values in its \d+ bytes, which no pod needs; ask for less at once$/;

const table: readonly (readonly [what: string, call: MethodName, bytes: Uint8Array, code: string, words: RegExp])[] = [
  [
    "nonsense",
    "CreateContainer",
    Buffer.from("no message"),
    "INVALID_ARGUMENT",
    /^the request is no CreateContainerRe/,
  ],
  [
    "half a message",
    "CreateContainer",
    Buffer.from([0x0a, 0x7f]),
    "INVALID_ARGUMENT",
    /^the request is no CreateConta/,
  ],
  ["groups in groups", "RunPodSandbox", many(15 * MiB, 0x7b), "INVALID_ARGUMENT", /^the request is no RunPodSandboxRe/],
  ["eight million mounts", "CreateContainer", field(2, many(7 * MiB, 0x3a, 0)), "RESOURCE_EXHAUSTED", tooMany],
  ["eight million words", "ExecSync", many(7 * MiB, 0x12, 0), "RESOURCE_EXHAUSTED", tooMany],
  ["fifteen million ports", "PortForward", field(2, many(15 * MiB, 1)), "RESOURCE_EXHAUSTED", tooMany],
  ["two million labels", "RunPodSandbox", field(1, many(2 * MiB, 0x32, 0)), "RESOURCE_EXHAUSTED", tooMany],
  ["fields of the future", "Version", many(7 * MiB, 0x7a, 0), "RESOURCE_EXHAUSTED", tooMany],
  [
    "as many messages that hold others",
    "RunPodSandbox",
    field(1, field(8, field(5, many(7 * MiB, 0x42, 0)))),
    "RESOURCE_EXHAUSTED",
    tooMany,
  ],
];

describe("a request that would be too much to read", () => {
  for (const [what, call, bytes, code, words] of table)
    it(`is refused before anything is made of it: ${what}`, async () => {
      const begun = performance.now();
      const outcome = await dispatch.unary(method(call), bytes, patient());
      assert.ok(performance.now() - begun < within(2000), `it took ${Math.round(performance.now() - begun)} ms`);
      assert.ok("status" in outcome);
      assert.equal(outcome.status.code, code);
      assert.match(outcome.status.details, words);
    });

  it("is none where it is only long: a text of ten megabytes, 10,000 variables, 5,000 mounts", async () => {
    const config = {
      metadata: { name: "app" },
      image: { image: "sha256:1" },
      args: ["x".repeat(10 * MiB)],
      envs: Array.from({ length: 10_000 }, (_, n) => ({ key: `KEY_${n}`, value: Buffer.from("value") })),
      mounts: Array.from({ length: 5_000 }, (_, n) => ({ container_path: `/to/${n}`, host_path: "/from" })),
    };
    const bytes = method("CreateContainer").request.encode({ pod_sandbox_id: "5", config });
    const outcome = await dispatch.unary(method("CreateContainer"), bytes, patient());
    assert.match("status" in outcome ? outcome.status.details : "", /^sandbox "5" is not known/);
  });
});
