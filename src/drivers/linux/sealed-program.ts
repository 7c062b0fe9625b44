/**
 * Executes a program from a sealed copy of it in memory.
 *
 * An OCI runtime must not be executed from a file that a container could write to through /proc/PID/exe (CVE-2019-5736). So
 * crun makes, at each of its commands, a read-only mount or a copy of itself, and executes that: two mounts and an unmount,
 * about half of the time of a short command. A file in memory with all seals it takes for such a copy, so one serves all.
 */
import { closeSync, fstatSync, openSync, readFileSync, statSync, type Stats } from "node:fs";
import { sealedFile } from "./memory-file.ts";
import { spawn, type SpawnRequest } from "./spawn.ts";

/** runc has nine, in both of daemon and monitor, and gains nothing that could be measured. */
const MOST_BYTES = 4 << 20;
const ELF = "\x7fELF";

interface Copy {
  /** Which file at the path it is of; another one is there after an upgrade. */
  readonly of: string;
  /** Absent: it is executed by its path. */
  readonly fd: number | undefined;
}

const copies = new Map<string, Copy>();

/** As `spawn`. By its path goes what is no small program of the machine's own kind, and what the kernel refuses as a copy. */
export const spawnSealed = (request: SpawnRequest): number => {
  const [path] = request.argv;
  const copy = copyOf(path);
  if (copy?.fd === undefined) return spawn(request);
  try {
    return spawn({ ...request, file: `/proc/self/fd/${copy.fd}` });
  } catch {
    // A security module's refusal, which is the same each time; whatever else it is happens again, and is told.
    keep(path, { ...copy, fd: undefined });
    return spawn(request);
  }
};

const copyOf = (path: string): Copy | undefined => {
  try {
    const known = copies.get(path);
    return known?.of === nameOf(statSync(path)) ? known : keep(path, made(path));
  } catch {
    return undefined; // the kernel says of the path itself what is wrong with it
  }
};

const keep = (path: string, copy: Copy): Copy => {
  const former = copies.get(path)?.fd;
  if (former !== undefined) closeSync(former); // who runs from it holds it open
  copies.set(path, copy);
  return copy;
};

const made = (path: string): Copy => {
  const source = openSync(path, "r");
  try {
    const stats = fstatSync(source);
    return { of: nameOf(stats), fd: stats.size <= MOST_BYTES ? sealed(readFileSync(source)) : undefined };
  } finally {
    closeSync(source);
  }
};

/** A script's interpreter would look for it by a descriptor that is closed by then. */
const sealed = (program: Buffer): number | undefined => {
  if (program.toString("latin1", 0, ELF.length) !== ELF) return undefined;
  try {
    return sealedFile(program);
  } catch {
    return undefined; // the sysctl vm.memfd_noexec forbids it
  }
};

const nameOf = ({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string => [dev, ino, size, mtimeMs, ctimeMs].join(" ");
