/**
 * What test images are made of, from Debian's packages. They are fetched and unpacked, not installed: the host needs none of
 * them, and busybox with shared libraries cannot be installed beside busybox-static, which specs use.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cache } from "../cri-tools/place.ts";

const packages = [
  "busybox", // not busybox-static: its shell runs applets by itself, even those that a container has masked
  "coreutils", // id, which a file mode can make run as root
  "nginx",
  "libc6",
  "libcrypt1",
  "libpcre2-8-0",
  "libselinux1",
  "libssl3",
  "zlib1g",
];

/** The directory that they are unpacked in; absent before `unpackedPackages`. Another name where the list above changes. */
export const packagesPlace = join(cache, "conformance", "packages-1");

/** There is no Debian within reach: the run is skipped with these words. */
export class NoPackages extends Error {}

const run = (cwd: string, program: string, ...args: readonly string[]): void => {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status === 0) return;
  const said = error?.message ?? `${stdout}${stderr}`.trim().split("\n").slice(-8).join("\n");
  throw new NoPackages(`${program} ${args.join(" ")} failed: ${said}`);
};

/** `packagesPlace`: that of an earlier run, else fetched now. Throws NoPackages. */
export const unpackedPackages = (): string => {
  if (existsSync(packagesPlace)) return packagesPlace;
  mkdirSync(join(cache, "conformance"), { recursive: true });
  const fresh = mkdtempSync(join(cache, "conformance", "fresh-"));
  try {
    const debs = join(fresh, "debs");
    const root = join(fresh, "root");
    for (const directory of [debs, root]) mkdirSync(directory);
    // One dead source of several is no reason to stop: what is missing is named by the download.
    spawnSync("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=300", "update"], { stdio: "ignore" });
    run(debs, "apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", ...packages);
    for (const deb of readdirSync(debs)) run(debs, "dpkg-deb", "-x", deb, root);
    renameSync(root, packagesPlace);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return packagesPlace;
};
