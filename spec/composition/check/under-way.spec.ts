import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Finding } from "../../../src/composition/check/judge.ts";
import { confirm } from "../../../src/composition/check/under-way.ts";

const id = "a".repeat(64);
const finding = (what: string, more: Partial<Finding> = {}): Finding => ({
  verdict: "stale",
  kind: "file",
  what,
  id,
  text: "",
  ...more,
});
const busy = [`container/${id} is creating.spawning, it waits for create`];

describe("what is found beside a daemon at work", () => {
  it("is what two looks found of objects at which nobody is at work", () => {
    const [moment, lasting, fresh] = [finding("/moment"), finding("/lasting"), finding("/fresh")];
    assert.deepEqual(confirm([moment, lasting], [lasting, fresh], []), { findings: [lasting], underWay: [] });
  });

  it("is under way while an actor of the object is not at rest", () => {
    const [its, others] = [finding("/its"), finding("/others", { id: "b".repeat(64) })];
    assert.deepEqual(confirm([its, others], [its, others], busy), { findings: [others], underWay: [its] });
  });

  it("is found where it is of no object, or a record that cannot be read, of which the daemon tells too", () => {
    const { id: _, ...nobodys } = finding("/nobodys");
    const doubt = finding("/doubt", { verdict: "doubtful" });
    assert.deepEqual(confirm([nobodys, doubt], [nobodys, doubt], busy).findings, [nobodys, doubt]);
  });
});
