/** What every SandboxDirectory does. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SandboxDirectory } from "../../../src/drivers/namespaces/sandbox-namespaces.ts";
import type { SandboxId } from "../../../src/vocabulary/index.ts";

const id = "c".repeat(64) as SandboxId;

export const sandboxDirectoryContract = (
  name: string,
  options: { readonly skip?: string },
  make: () => SandboxDirectory,
): void => {
  describe(name, options, () => {
    it("has a path for each file, and the host's shared memory for a pod without its own", () => {
      const directory = make();
      const { shm, ...files } = directory.paths(id, true);
      assert.equal(new Set([shm, ...Object.values(files)]).size, 4);
      assert.deepEqual(directory.paths(id, false), { ...files, shm: "/dev/shm" });
    });

    it("prepares and removes as often as one likes", async () => {
      const directory = make();
      const request = { id, hostname: "web-0", ownShm: true };
      await directory.remove(id);
      await directory.prepare(request);
      await directory.prepare(request);
      await directory.remove(id);
      await directory.remove(id);
    });

    it("refuses a hostname that is none", async () => {
      const directory = make();
      await assert.rejects(directory.prepare({ id, hostname: "web 0", ownShm: true }), { code: "Invalid" });
      await directory.remove(id);
    });

    it("refuses a DNS configuration that would be read otherwise than meant", async () => {
      const directory = make();
      const dns = { servers: ["1.1.1.1\nnameserver 2.2.2.2"], searches: [], options: [] };
      await assert.rejects(directory.prepare({ id, hostname: "web-0", ownShm: true, dns }), { code: "Invalid" });
      await directory.remove(id);
    });
  });
};
