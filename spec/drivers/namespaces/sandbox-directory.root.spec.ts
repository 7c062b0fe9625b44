import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, describe, it } from "node:test";
import { mountsUnder } from "../../../src/drivers/linux/mountinfo.ts";
import { sandboxDirectory } from "../../../src/drivers/namespaces/sandbox-directory.ts";
import type { SandboxId } from "../../../src/vocabulary/index.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { sandboxDirectoryContract } from "./sandbox-directory.contract.ts";

const root = mkdtempSync(join(tmpdir(), "troupe-sandboxes-"));
const options = { dir: join(root, "sandboxes"), hostResolvConf: join(root, "resolv.conf") };
const id = "d".repeat(64) as SandboxId;
const read = (path: string): string => readFileSync(path, "utf8");
after(() => rmSync(root, { recursive: true }));

sandboxDirectoryContract("files of sandboxes on the disk", inTestNode, () => sandboxDirectory(options));

describe("the files of a sandbox", inTestNode, () => {
  const directory = sandboxDirectory(options);
  const { hostname, hosts, resolvConf, shm } = directory.paths(id, true);

  afterEach(async () => {
    await directory.remove(id);
    assert.equal(existsSync(join(options.dir, id)), false);
    assert.deepEqual(mountsUnder(root), []);
  });

  it("say its hostname, its DNS servers and what localhost is, to every user", async () => {
    const umask = process.umask(0o077);
    const dns = { servers: ["10.96.0.10"], searches: ["svc"], options: [] };
    await directory.prepare({ id, hostname: "web-0", dns, ownShm: true });
    process.umask(umask);
    assert.deepEqual([read(hostname), read(resolvConf)], ["web-0\n", "search svc\nnameserver 10.96.0.10\n"]);
    assert.match(read(hosts), /^127\.0\.0\.1\tlocalhost\n::1\tlocalhost /);
    for (const file of [hostname, hosts, resolvConf]) assert.equal(statSync(file).mode & 0o777, 0o644);
  });

  it("have the host's DNS servers where the pod has none of its own", async () => {
    writeFileSync(options.hostResolvConf, "nameserver 192.0.2.1\n");
    await directory.prepare({ id, hostname: "web-0", ownShm: false });
    assert.equal(read(resolvConf), "nameserver 192.0.2.1\n");
    rmSync(options.hostResolvConf);
    await directory.prepare({ id, hostname: "web-0", ownShm: false, dns: { servers: [], searches: [], options: [] } });
    assert.equal(read(resolvConf), "");
    assert.equal(existsSync(shm), false);
  });

  it("have 64 MiB of shared memory, once, that everybody may use", async () => {
    for (const _ of [1, 2]) await directory.prepare({ id, hostname: "web-0", ownShm: true });
    const { blocks, bsize } = statfsSync(shm);
    assert.equal(blocks * bsize, 64 << 20);
    assert.equal(statSync(shm).mode & 0o7777, 0o1777);
    assert.deepEqual(
      mountsUnder(root).map(({ mountPoint, type }) => [mountPoint, type]),
      [[shm, "tmpfs"]],
    );
  });

  it("have as much shared memory as the pod asks for, in Kubernetes' words", async () => {
    const sizes = {
      "1Mi": 1 << 20,
      "8388608": 8 << 20,
      "1.5Mi": 1.5 * (1 << 20),
      "2M": 2_002_944,
      "0.25Gi": 256 << 20,
    };
    for (const [shmSize, bytes] of Object.entries(sizes)) {
      await directory.prepare({ id, hostname: "web-0", ownShm: true, shmSize });
      const { blocks, bsize } = statfsSync(shm);
      assert.equal(blocks * bsize, bytes, shmSize);
      await directory.remove(id);
    }
    for (const shmSize of ["", "0", "many", "-1Mi", "1Xi"])
      await assert.rejects(directory.prepare({ id, hostname: "web-0", ownShm: true, shmSize }), {
        code: "Invalid",
        message: `the pod's annotation asks for /dev/shm of "${shmSize}", which is no size like 256Mi`,
      });
  });

  it("stay the same files when they are prepared again: containers have them mounted", async () => {
    await directory.prepare({ id, hostname: "web-0", ownShm: true });
    const before = statSync(hostname).ino;
    await directory.prepare({ id, hostname: "web-1", ownShm: true });
    assert.deepEqual([statSync(hostname).ino, read(hostname)], [before, "web-1\n"]);
  });
});
