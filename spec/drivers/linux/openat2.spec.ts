import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { makeDirectoryInRoot, readInRoot } from "../../../src/drivers/linux/openat2.ts";

describe("a path inside a root filesystem", () => {
  let dir: string;
  let root: string;
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "troupe-openat2-"));
    root = join(dir, "root");
    mkdirSync(join(root, "etc"), { recursive: true });
    writeFileSync(join(dir, "secret"), "the host's");
    writeFileSync(join(root, "secret"), "the image's");
  });
  after(() => rmSync(dir, { recursive: true }));

  it("is read through links as the container would see them, absolute or with ..", () => {
    symlinkSync("/secret", join(root, "etc/absolute"));
    symlinkSync("../../../../secret", join(root, "etc/climbing"));
    assert.equal(readInRoot(root, "/etc/absolute", 100)?.toString(), "the image's");
    assert.equal(readInRoot(root, "/etc/climbing", 100)?.toString(), "the image's");
  });

  it("is nothing where there is no regular file: none, a directory, a FIFO that would block, a link to itself", () => {
    execFileSync("mkfifo", [join(root, "fifo")]);
    symlinkSync("loop", join(root, "loop"));
    for (const path of ["/none", "/etc", "/fifo", "/loop", "/secret/below"])
      assert.equal(readInRoot(root, path, 100), undefined, path);
  });

  it("is refused when it holds more than was asked for", () => {
    assert.throws(() => readInRoot(root, "/secret", 3), {
      name: "RangeError",
      message: "/secret has 11 bytes, more than 3",
    });
  });

  it("is made as a directory, through links that stay inside", () => {
    symlinkSync("/var/data", join(root, "data"));
    mkdirSync(join(root, "var/data"), { recursive: true });
    makeDirectoryInRoot(root, "/data/a/b", owner);
    makeDirectoryInRoot(root, "/data/a/b", owner);
    assert.equal(statSync(join(root, "var/data/a/b")).mode & 0o7777, 0o755);
  });

  it("is not made where a file or a broken link is in the way", () => {
    symlinkSync("/gone", join(root, "broken"));
    assert.throws(() => makeDirectoryInRoot(root, "/broken", owner), { code: "EEXIST" });
    assert.throws(() => makeDirectoryInRoot(root, "/secret/x", owner), { code: "ENOTDIR" });
  });
});
