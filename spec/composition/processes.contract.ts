/** What everybody may expect of a node's processes, real and simulated. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Processes } from "../../src/composition/parts.ts";
import type { Init } from "../../src/machines/container-recovery.ts";

export interface BegunProcess {
  readonly name: Init;
  /** Resolves when it has ended and its parent has reaped it. */
  readonly reaped: Promise<unknown>;
}

export interface ProcessesStage {
  readonly processes: Processes;
  /** One that does not end by itself. */
  begin(): Promise<BegunProcess>;
  dispose(): void;
}

export const processesContract = (name: string, make: () => ProcessesStage): void => {
  describe(name, () => {
    let stage: ProcessesStage;
    beforeEach(() => {
      stage = make();
    });
    afterEach(() => stage.dispose());

    it("live until they have been killed and reaped, and can be killed again", async () => {
      const { processes } = stage;
      const { name, reaped } = await stage.begin();
      assert.equal(processes.lives(name), true);
      processes.killGroup(name);
      await reaped;
      assert.equal(processes.lives(name), false);
      processes.killGroup(name);
    });

    it("are not others that have got their pid", async () => {
      const { processes } = stage;
      const { name, reaped } = await stage.begin();
      const former = { ...name, startTicks: name.startTicks - 1 };
      assert.equal(processes.lives(former), false);
      processes.killGroup(former);
      assert.equal(processes.lives(name), true);
      processes.killGroup(name);
      await reaped;
    });

    it("do not go with others", async () => {
      const { processes } = stage;
      const [one, other] = [await stage.begin(), await stage.begin()];
      processes.killGroup(one.name);
      await one.reaped;
      assert.equal(processes.lives(other.name), true);
      processes.killGroup(other.name);
      await other.reaped;
    });
  });
};
