/** Calls of CRI to a node in memory, from the bytes of a request to what its client is told. */
import assert from "node:assert/strict";
import { criCalls } from "../../src/grpc/calls/index.ts";
import type { CodeName } from "../../src/grpc/codes.ts";
import { method, type MethodName } from "../../src/grpc/contract.ts";
import { Dispatch } from "../../src/grpc/dispatch.ts";
import type { Message } from "./bad-messages.ts";
import { patient, type FakeNode } from "./fake-node.ts";

export interface Told {
  readonly code: CodeName;
  /** Of a refusal. */
  readonly text: string;
}

/** A mistake of Troupe's own fails the spec. The world is not made to answer anything. */
export const asking = async (node: FakeNode, name: MethodName, request: Message): Promise<Told> => {
  const dispatch = new Dispatch({
    calls: criCalls(node.runtime, { name: "troupe", version: "1.0.0" }),
    inFlight: 10,
    watch: () => () => {},
    defect: (call, error) => assert.fail(`${call}: ${String(error)}`),
  });
  const { request: codec } = method(name);
  const outcome = await dispatch.unary(method(name), codec.encode(request), patient());
  return "status" in outcome ? { code: outcome.status.code, text: outcome.status.details } : { code: "OK", text: "" };
};

/** The same, with everything in the world answered meanwhile. */
export const asked = (node: FakeNode, name: MethodName, request: Message): Promise<Told> =>
  node.done(asking(node, name, request));

/** What a request needs besides an id to be a good one. */
export const besideIds: Partial<Record<MethodName, Message>> = {
  CreateContainer: { config: { metadata: { name: "new" }, image: { image: "sha256:fake" } } },
  UpdateContainerResources: { linux: {} },
  ExecSync: { cmd: ["true"] },
  Exec: { cmd: ["true"], stdout: true },
  Attach: { stdout: true },
  PortForward: { port: [80] },
  CheckpointContainer: { location: "/var/checkpoint.tar" },
};
