/** What cgroups do for the actors: one suite for the host's and the simulator's. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Cgroups } from "../../../src/drivers/cgroup/cgroups.ts";

export interface CgroupsSubject {
  readonly cgroups: Cgroups;
  /** A container's cgroup with a living process in it, as an OCI runtime leaves it that was killed. */
  occupied(cgroupsPath: string): Promise<void>;
  /** Some hierarchy has a cgroup there. */
  exists(cgroupsPath: string): boolean;
  dispose(): Promise<void>;
}

export const cgroupsContract = (name: string, options: object, make: () => Promise<CgroupsSubject>): void => {
  describe(`${name} as cgroups`, options, () => {
    let subject: CgroupsSubject;
    before(async () => {
      subject = await make();
    });
    after(() => subject.dispose());

    it("are removed with what lives in them, and again when they are gone", async () => {
      const path = subject.cgroups.cgroupsPath("", "c1");
      await subject.occupied(path);
      await subject.cgroups.remove(path);
      assert.equal(subject.exists(path), false);
      await subject.cgroups.remove(path);
    });

    it("leave other containers alone", async () => {
      const [one, other] = [subject.cgroups.cgroupsPath("", "c1"), subject.cgroups.cgroupsPath("", "c2")];
      await subject.occupied(one);
      await subject.occupied(other);
      await subject.cgroups.remove(one);
      assert.ok(subject.exists(other));
      await subject.cgroups.remove(other);
    });

    it("keep Troupe's own parent while a container is in it", async () => {
      const path = subject.cgroups.cgroupsPath("", "c1");
      await subject.occupied(path);
      await subject.cgroups.removeParent("");
      assert.ok(subject.exists(path));
      await subject.cgroups.remove(path);
      assert.ok(subject.exists("/troupe"));
      await subject.cgroups.removeParent("");
      await subject.cgroups.removeParent("");
      assert.equal(subject.exists("/troupe"), false);
    });

    it("that are no container's are not removed", async () => {
      await assert.rejects(subject.cgroups.remove("/kubepods"), { code: "Invalid" });
    });
  });
};
