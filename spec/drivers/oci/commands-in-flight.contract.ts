/** What `OciRuntime.settle` does about commands that nobody waits for any more: one suite for crun, runc and the simulator's. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { OciRuntime } from "../../../src/drivers/oci/runtime.ts";
import type { ContainerId } from "../../../src/vocabulary/index.ts";
import { containerId } from "./support/builders.ts";

/** A command of somebody else's that is at work. */
export interface CommandAtWork {
  readonly id: ContainerId;
  /** Lets it come to its end. */
  go(): Promise<void>;
  /** Resolves with its end, whether it did what it was to do. */
  readonly ended: Promise<boolean>;
}

export interface CommandsSubject {
  readonly runtime: OciRuntime;
  /** A create, before anything is made. */
  creating(name: string): Promise<CommandAtWork>;
  /** An exec in a container. */
  executing(name: string): Promise<CommandAtWork>;
  dispose(): Promise<void>;
}

const never = new AbortController().signal;
const LONG_MS = 60_000;

export const commandsInFlightContract = (name: string, options: object, make: () => Promise<CommandsSubject>): void => {
  describe(`commands of ${name} that nobody waits for any more`, options, () => {
    let subject: CommandsSubject;
    before(async () => {
      subject = await make();
    });
    after(() => subject.dispose());

    for (const verb of ["creating", "executing"] as const) {
      it(`are waited for while ${verb}`, async () => {
        const { id, go, ended } = await subject[verb](`${verb}-waited`);
        let over = false;
        const settled = subject.runtime.settle(id, LONG_MS).then(() => (over = true));
        await subject.runtime.status(containerId("somebody-else"), never);
        assert.equal(over, false);
        await go();
        assert.equal(await ended, true);
        await settled;
      });

      it(`are killed after the bound while ${verb}`, async () => {
        const { id, ended } = await subject[verb](`${verb}-killed`);
        await subject.runtime.settle(id, 0);
        assert.equal(await ended, false);
      });

      it(`of another container are not touched while ${verb}`, async () => {
        const { go, ended } = await subject[verb](`${verb}-other`);
        await subject.runtime.settle(containerId("somebody-else"), 0);
        await go();
        assert.equal(await ended, true);
      });
    }

    it("leave what they have made, which can be deleted for good when they are over", async () => {
      const { id, go, ended } = await subject.creating("made");
      const settled = subject.runtime.settle(id, LONG_MS);
      await go();
      await ended;
      await settled;
      assert.equal(await subject.runtime.status(id, never), "created");
      await subject.runtime.delete(id, never);
      assert.equal(await subject.runtime.status(id, never), undefined);
    });

    it("are not killed when they begin after a settling that had nothing to wait for", async () => {
      await subject.runtime.settle(containerId("later"), 1);
      const { go, ended } = await subject.creating("later");
      await go();
      assert.equal(await ended, true);
    });
  });
};
