/** An actor that throws, as a mistake in its machine would make it. */
import assert from "node:assert/strict";
import type { FakeNode } from "./fake-node.ts";

/** It throws at once, at whatever comes. */
export const crash = (node: FakeNode, actor: string): void => {
  const ref = node.system.find(actor) as unknown as { logic: { transition: unknown } };
  const { transition } = ref.logic;
  const own = Object.create(ref.logic) as { transition: unknown };
  own.transition = () => {
    throw new Error("a mistake in the machine");
  };
  ref.logic = own;
  node.system.tell(actor, { type: "exited", exit: { code: 0, at: "1", oomKilled: false } });
  assert.ok(transition);
};
