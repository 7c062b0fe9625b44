/** What everybody may expect of the output of execs, by FIFOs and in the simulator's world. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ExecOutputs } from "../../../src/drivers/execs/exec-outputs.ts";

export interface ExecOutputsStage {
  readonly outputs: ExecOutputs;
  /** As the next daemon on this node has it. */
  again(): ExecOutputs;
  /** A command that holds both streams and has printed `out` to the first; the answer ends it. */
  begin(paths: { readonly stdout: string; readonly stderr: string }): () => void;
  /** Ids of execs of which anything is there. */
  left(): readonly string[];
  dispose(): void;
}

const LONG_MS = 60_000;

export const execOutputsContract = (name: string, make: () => ExecOutputsStage): void => {
  describe(name, () => {
    let stage: ExecOutputsStage;
    let outputs: ExecOutputs;
    beforeEach(() => {
      stage = make();
      ({ outputs } = stage);
    });
    afterEach(() => {
      for (const id of stage.left()) outputs.remove(id);
      assert.deepEqual(stage.left(), []);
      stage.dispose();
    });
    const taken = (): readonly string[] => {
      const { stdout, stderr } = outputs.take("e1");
      return [stdout.toString(), stderr.toString()];
    };

    it("is what the command printed, whole when it has ended, until it is removed", async () => {
      const end = stage.begin(outputs.open("e1"));
      outputs.read("e1");
      end();
      await outputs.ended("e1", LONG_MS);
      assert.deepEqual(taken(), ["out", ""]);
      assert.deepEqual(stage.left(), ["e1"]);
      outputs.remove("e1");
      assert.deepEqual(stage.left(), []);
      assert.throws(taken, { code: "NotFound" });
    });

    it("is not waited for longer than the bound, where a child of the command holds it", async () => {
      const end = stage.begin(outputs.open("e1"));
      outputs.read("e1");
      await outputs.ended("e1", 1);
      end();
    });

    it("can be removed before it was read, and again", () => {
      const end = stage.begin(outputs.open("e1"));
      outputs.remove("e1");
      end();
      outputs.remove("e1");
      outputs.remove("nothing");
    });

    it("of an unknown exec is NotFound", async () => {
      assert.throws(() => outputs.read("e1"), { code: "NotFound" });
      assert.throws(() => outputs.take("e1"), { code: "NotFound" });
      await assert.rejects(outputs.ended("e1", 1), { code: "NotFound" });
    });

    it("of an earlier daemon's execs is cleared away, and was never the next one's to read", () => {
      outputs.open("e1");
      const next = stage.again();
      assert.throws(() => next.read("e1"), { code: "NotFound" });
      next.clear();
      assert.deepEqual(stage.left(), []);
      next.clear();
      outputs.remove("e1");
    });
  });
};
