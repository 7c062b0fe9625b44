import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "../../../src/drivers/linux/run.ts";

const never = new AbortController().signal;

describe("a program that is executed from a sealed copy", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "troupe-sealed-"));
  });
  after(() => rmSync(dir, { recursive: true }));

  const said = async (...argv: [string, ...string[]]): Promise<string> => {
    const outputs = { stdout: { keep: 4096 }, stderr: { keep: 4096 } } as const;
    return (await run({ argv, env: {}, ...outputs, sealed: true }, never)).stdout.bytes.toString().trim();
  };
  const install = (program: string, name: string): string => {
    copyFileSync(program, join(dir, `${name}.new`));
    renameSync(join(dir, `${name}.new`), join(dir, name));
    return join(dir, name);
  };
  const copies = (): readonly string[] =>
    readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith("/memfd:") ? [fd] : [];
      } catch {
        return []; // the directory's own descriptor
      }
    });

  it("runs from memory, not from its file, under the name that it was called by", async () => {
    const readlink = install("/bin/readlink", "readlink");
    assert.match(await said(readlink, "/proc/self/exe"), /^\/memfd:/);
    const cat = install("/bin/cat", "cat");
    assert.equal(await said(cat, "/proc/self/cmdline"), `${cat}\0/proc/self/cmdline\0`);
  });

  it("leaves a copy that nobody can write to", async () => {
    const readlink = install("/bin/readlink", "readlink");
    await said(readlink, "/");
    assert.notEqual(copies().length, 0);
    for (const fd of copies()) assert.throws(() => writeFileSync(`/proc/self/fd/${fd}`, "x"), /EPERM/);
  });

  it("is copied once, and anew when another file is there", async () => {
    const before = copies().length;
    const tool = install("/bin/readlink", "tool");
    for (let times = 0; times < 3; times++) await said(tool, "/proc/self/cwd");
    assert.equal(copies().length, before + 1);
    install("/bin/echo", "tool");
    assert.equal(await said(tool, "another"), "another");
    assert.equal(copies().length, before + 1);
  });

  it("goes by its path when it is a script", async () => {
    const script = join(dir, "script");
    writeFileSync(script, "#!/bin/sh\necho $0\n", { mode: 0o755 });
    assert.equal(await said(script), script);
  });

  it("is refused by its path when it is not there or no program", async () => {
    const absent = join(dir, "absent");
    await assert.rejects(said(absent), { code: "ENOENT", message: new RegExp(absent) });
    const broken = join(dir, "broken");
    writeFileSync(broken, "\x7fELF, and no more", { mode: 0o755 });
    await assert.rejects(said(broken), { code: "ENOEXEC", message: new RegExp(broken) });
  });
});
