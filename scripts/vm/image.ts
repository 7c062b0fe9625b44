/**
 * What a test machine boots from: made once from Debian's packages, kept in .cache/vm under a name that changes with the
 * recipe. Packages that only this needs on the host are installed here, and not by scripts/setup.sh.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
const cache = join(root, ".cache", "vm");

/** A Debian package and a program that shows it is there. */
const hostPackages: readonly (readonly [string, string])[] = [
  ["qemu-system-x86", "/usr/bin/qemu-system-x86_64"],
  ["qemu-system-common", "/usr/lib/qemu/virtiofsd"],
  ["mmdebstrap", "/usr/bin/mmdebstrap"],
  ["e2fsprogs", "/sbin/mke2fs"],
];

type Say = (text: string) => void;

export interface Image {
  readonly kernel: string;
  readonly initrd: string;
  readonly disk: string;
}

/** Why this host can have no test machine: specs that need one are skipped. */
export class NoMachine extends Error {}

/** The output's end, of a program that failed. */
const endOf = (output: string): string => output.split("\n").slice(-30).join("\n");

const install = (packages: readonly string[], say: Say): void => {
  say(`installing ${packages.join(", ")} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...words: readonly string[]) =>
    spawnSync("apt-get", ["-qy", "-o", "DPkg::Lock::Timeout=300", ...words], { env, encoding: "utf8" });
  apt("update"); // one dead source of several is no reason to stop
  const { error, status, stdout, stderr } = apt("install", "--no-install-recommends", ...packages);
  if (status !== 0)
    throw new NoMachine(`${packages.join(", ")} cannot be installed: ${error?.message ?? endOf(stdout + stderr)}`);
};

/** In namespaces of its own: whenever that ends, or we do, all its processes and mounts are gone. */
const make = async (directory: string, signal: AbortSignal): Promise<void> => {
  const alone = ["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const words = [...alone, "sh", join(here, "image.sh"), directory, ...guestPackages()];
  const maker = spawn("setpriv", words, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  for (const stream of [maker.stdout, maker.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const end = (): void => void maker.kill("SIGKILL");
  signal.addEventListener("abort", end);
  const [status] = (await once(maker, "close")) as [number | null];
  signal.removeEventListener("abort", end);
  signal.throwIfAborted();
  if (status !== 0) throw new NoMachine(`the machine's image cannot be made: ${endOf(output)}`);
};

/** Images of former recipes, and what a builder left that was killed. */
const sweep = (): void => {
  for (const name of readdirSync(cache)) {
    const builder = /^fresh-(\d+)$/.exec(name)?.[1];
    const isStale = builder === undefined ? name !== "compiled" : !existsSync(`/proc/${builder}`);
    if (isStale) rmSync(join(cache, name), { recursive: true });
  }
};

/** The users' machine is what scripts/setup.sh makes of a fresh Debian: so is this one. */
const guestPackages = (): string[] => {
  const [, list = ""] = /^packages="\n([^"]*)"/m.exec(readFileSync(join(root, "scripts", "setup.sh"), "utf8")) ?? [];
  const packages = list.split("\n").flatMap((line) => line.split(/\s+/)[0] || []);
  if (packages.length === 0) throw new Error('scripts/setup.sh has no list of packages any more (packages="…")');
  return packages;
};

const recipe = (): string => {
  const hash = createHash("sha256");
  const files = [join(here, "image.sh"), join(here, "furnish.sh")];
  for (const name of readdirSync(join(here, "guest")).toSorted()) files.push(join(here, "guest", name));
  for (const file of files) hash.update(readFileSync(file));
  return hash.update(guestPackages().join()).digest("hex").slice(0, 12);
};

/** Answers the image, made now if it is not there. `say` hears what takes long. Throws NoMachine, and the signal's reason. */
export const imageOf = async (say: Say, signal: AbortSignal): Promise<Image> => {
  if (process.getuid?.() !== 0) throw new NoMachine("it needs root, for its image and its shares");
  if (process.arch !== "x64") throw new NoMachine(`it is an x86_64 one, this host is ${process.arch}`);
  const missing = hostPackages.filter(([, program]) => !existsSync(program)).map(([name]) => name);
  if (missing.length > 0) install(missing, say);
  const directory = join(cache, recipe());
  if (!existsSync(directory)) {
    say("making the machine's image …");
    mkdirSync(cache, { recursive: true });
    sweep();
    const fresh = join(cache, `fresh-${process.pid}`);
    try {
      await make(fresh, signal);
      // Of two builders at once each makes its own, and the second finds the first's in place.
      if (!existsSync(directory)) renameSync(fresh, directory);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  const [kernel, initrd, disk] = ["kernel", "initrd", "disk.img"].map((name) => join(directory, name));
  return { kernel: kernel!, initrd: initrd!, disk: disk! };
};
