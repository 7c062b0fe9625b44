import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { getXattr } from "../../../src/drivers/linux/xattrs.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { type TarFile } from "../../support/tar.ts";
import { unpacking } from "./unpacking.ts";

describe("a layer from a stranger who means harm", inTestNode, () => {
  const { unpack, place } = unpacking();
  let outside: string;
  let secret: string;
  before(() => {
    outside = place("outside");
    secret = join(outside, "secret");
    mkdirSync(outside);
    writeFileSync(secret, "secret", { mode: 0o600 });
  });
  const untouched = (): void => {
    assert.deepEqual(readdirSync(outside), ["secret"]);
    assert.equal(readFileSync(secret, "utf8"), "secret");
    const { mode, uid, nlink } = statSync(secret);
    assert.deepEqual([mode & 0o7777, uid, nlink], [0o600, 0, 1]);
  };
  const refusals: readonly (readonly [what: string, files: () => readonly TarFile[], why: RegExp])[] = [
    ['a name with ".."', () => [{ name: "../outside/x" }], /holds "\.\."/],
    ['".." in the middle', () => [{ name: "a/../../outside/x" }], /holds "\.\."/],
    ['a hard link to ".."', () => [{ name: "h", type: "1", link: "../outside/secret" }], /holds "\.\."/],
    ["a hard link by an absolute name", () => [{ name: "h", type: "1", link: secret }], /is not there/],
    [
      "a hard link through a link",
      () => [
        { name: "l", type: "2", link: outside },
        { name: "h", type: "1", link: "l/secret" },
      ],
      /is not there/,
    ],
    ["a root that is a link", () => [{ name: ".", type: "2", link: outside }], /the layer's root is a symlink/],
    ["a root that is a file", () => [{ name: "/", content: "x" }], /the layer's root is a file/],
    ["a name that is too long", () => [{ name: "a", pax: { path: "a".repeat(256) } }], /a name of 256 bytes/],
    ["a path that is too long", () => [{ name: "a", pax: { path: "a/".repeat(2000) } }], /a path of 4000 bytes/],
    ["a device number out of range", () => [{ name: "a", type: "4", device: [0, 2 ** 21 - 1] }], /./],
  ];
  for (const [what, files, why] of refusals)
    it(`is refused ${what}`, async () => {
      await assert.rejects(unpack(files()), why);
      untouched();
    });

  it("reaches nothing outside through links, by files, directories, attributes, devices or whiteouts", async () => {
    const link: TarFile = { name: "l", type: "2", link: outside };
    const up: TarFile = { name: "u", type: "2", link: "../../../../../../../../../.." };
    for (const through of [
      { name: "l/secret", content: "mine" },
      { name: `u${secret}`, content: "mine" },
      { name: "l/secret/", type: "5", mode: 0o777, uid: 5 },
      { name: "l/.wh.secret" },
      { name: "l/.wh..wh..opq" },
      { name: "l/", type: "5", mode: 0o777, uid: 5 },
      { name: "l/n", type: "4", device: [7, 0] },
      { name: "l/s", type: "2", link: "x" },
    ] satisfies readonly TarFile[]) {
      const { directory } = await unpack([link, up, through]);
      assert(lstatSync(directory).isDirectory());
      untouched();
    }
    const { directory } = await unpack([link, { name: "l/secret", content: "mine" }]);
    assert.equal(readFileSync(join(directory, outside, "secret"), "utf8"), "mine");
  });

  it("cannot steer the mount or the host by attributes", async () => {
    const pax = {
      "SCHILY.xattr.trusted.overlay.redirect": "/x",
      "SCHILY.xattr.trusted.overlay.opaque": "y",
      "SCHILY.xattr.security.selinux": "s",
      "SCHILY.xattr.security.ima": "i",
    };
    const { directory, written } = await unpack([{ name: "d/", type: "5", pax }]);
    for (const name of Object.keys(pax))
      assert.equal(getXattr(Buffer.from(join(directory, "d")), name.slice(13)), undefined);
    assert.equal(written.warnings.length, 4);
  });

  it("is kept to names as bytes, and names them in errors without their control characters", async () => {
    const name = Buffer.from([0x66, 0xff, 0x0a, 0x1b]);
    const { directory } = await unpack([{ name, content: "x" }]);
    assert.deepEqual(readdirSync(directory, { encoding: "buffer" }), [name]);
    rmSync(directory, { recursive: true });
    await assert.rejects(unpack([{ name: "a\n\x1b/../b" }]), /entry "a\\n\\u001b\/\.\.\/b":/);
  });

  it("cannot nest links deeper than what can be removed again", async () => {
    const deep = `${"d".repeat(200)}/`.repeat(6);
    const files: TarFile[] = [{ name: "x", pax: { path: `${deep}f` } }];
    for (let step = 0; step < 4; step += 1) {
      files.push({
        name: "x",
        type: "2",
        pax: { path: `l${step}`, linkpath: step === 0 ? deep : `l${step - 1}/${deep}` },
      });
      files.push({ name: "x", pax: { path: `l${step}/${deep}f` } });
    }
    await assert.rejects(unpack(files), /symbolic links lead \d+ bytes deep|ENAMETOOLONG/);
  });
});
