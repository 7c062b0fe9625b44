import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CodeName } from "../../src/grpc/codes.ts";
import { services, type MethodName } from "../../src/grpc/contract.ts";
import { asked, besideIds, type Told } from "../support/asked-node.ts";
import { configured, containerConfig, sandboxConfig } from "../support/builders.ts";
import { reflection } from "../../src/grpc/reflection.ts";
import { FakeNode, patient } from "../support/fake-node.ts";

const idFields = ["pod_sandbox_id", "container_id"] as const;
type IdField = (typeof idFields)[number];

/** For these what is not there is as it should be. */
const wantsItGone = /^(Stop|Remove)/;
const unimplemented = /^CheckpointPod/;

/** Each call that takes an id, by the contract: a call that is new to it is in here by itself. */
const table: readonly { readonly name: MethodName; readonly field: IdField }[] = Object.values(services)
  .flat()
  .flatMap(({ name, request }) =>
    idFields
      .filter((field) => reflection.lookupType(request.coder.name).fields[field])
      .map((field) => ({ name, field })),
  );

/** Two pods with two containers each. All ids begin with the same digits. */
const twoPods = async (): Promise<{ readonly node: FakeNode; readonly pods: string[]; readonly apps: string[] }> => {
  const node = new FakeNode();
  const [pods, apps]: [string[], string[]] = [[], []];
  for (const name of ["one", "two"]) {
    const request = { ...configured(sandboxConfig(name)), handler: "" };
    const sandboxId = await node.done(node.runtime.runSandbox(request, patient()));
    pods.push(sandboxId);
    for (const app of ["app", "other"])
      apps.push(
        await node.done(node.runtime.createContainer({ ...configured(containerConfig(app)), sandboxId }, patient())),
      );
  }
  return { node, pods, apps };
};

const kindOf = (field: IdField): string => (field === "pod_sandbox_id" ? "sandbox" : "container");

describe("an id", () => {
  for (const { name, field } of table) {
    const expected = (code: CodeName, text: string): Told =>
      unimplemented.test(name)
        ? { code: "UNIMPLEMENTED", text: `${name} is not there yet: checkpoints are of single containers` }
        : { code, text };
    const unknown = (id: string): Told =>
      wantsItGone.test(name)
        ? expected("OK", "")
        : expected("NOT_FOUND", `${kindOf(field)} "${id}" is not known to this runtime`);

    it(`that is not known, or not any more, is told so by ${name}`, async () => {
      const { node, pods, apps } = await twoPods();
      for (const id of ["f".repeat(64), "no id", "../.."])
        assert.deepEqual(await asked(node, name, { ...besideIds[name], [field]: id }), unknown(id));
      for (const pod_sandbox_id of pods)
        assert.equal((await asked(node, "RemovePodSandbox", { pod_sandbox_id })).code, "OK");
      const [gone = ""] = field === "pod_sandbox_id" ? pods : apps;
      assert.deepEqual(await asked(node, name, { ...besideIds[name], [field]: gone }), unknown(gone));
      assert.deepEqual([node.runtime.sandboxes(), node.runtime.containers()], [[], []]);
    });

    it(`that begins several is refused by ${name}, and nothing is done to any`, async () => {
      const { node, pods, apps } = await twoPods();
      node.world.made.length = 0;
      const count = field === "pod_sandbox_id" ? pods.length : apps.length;
      const text = `${kindOf(field)} id "0000" is ambiguous: it begins ${count} ids; give more digits`;
      assert.deepEqual(
        await asked(node, name, { ...besideIds[name], [field]: "0000" }),
        expected("INVALID_ARGUMENT", text),
      );
      assert.deepEqual(node.world.made, []);
    });

    it(`of a megabyte is not repeated by ${name}`, async () => {
      const { node } = await twoPods();
      const { text } = await asked(node, name, { ...besideIds[name], [field]: "f".repeat(1 << 20) });
      assert.ok(text.length < 500, `${text.length} characters`);
    });
  }

  it("is taken by nineteen calls", () => {
    assert.equal(table.length, 19);
  });
});
