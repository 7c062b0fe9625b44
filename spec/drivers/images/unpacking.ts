/** Unpacks layers made of tar entries, in a directory of the test node. */
import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { gzipSync } from "node:zlib";
import { unpackLayer } from "../../../src/drivers/images/unpack-layer.ts";
import { tar, type TarFile } from "../../support/tar.ts";

export const sha256 = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
export const isWhiteout = (path: string): boolean => lstatSync(path).isCharacterDevice() && lstatSync(path).rdev === 0;
export const opaque = "trusted.overlay.opaque";

const generous = { bytes: 1e9, inodes: 10_000 };

/** For the `describe` that calls it: its directory is there while its specs run. */
export const unpacking = () => {
  let place = "";
  let number = 0;
  let umask = 0;
  before(() => {
    umask = process.umask(0); // as the worker has it
    place = mkdtempSync("/var/lib/troupe/layers-");
  });
  after(() => {
    rmSync(place, { recursive: true });
    process.umask(umask);
  });

  /** Bytes as a registry sends them, over `lowers` (topmost first). */
  const unpackBytes = async (blob: Buffer, diffId: string, lowers: readonly string[] = [], limits = generous) => {
    const [file, directory] = [join(place, `blob-${++number}`), join(place, `layer-${number}`)];
    writeFileSync(file, blob);
    return { directory, written: await unpackLayer({ diffId, blob: file, directory }, lowers, limits) };
  };
  const unpack = (files: readonly TarFile[], lowers: readonly string[] = [], limits = generous) => {
    const archive = tar(files);
    return unpackBytes(gzipSync(archive), sha256(archive), lowers, limits);
  };
  return { unpack, unpackBytes, place: (name: string): string => join(place, name) };
};
