/**
 * Seccomp filters that crun has compiled, handed back to it for later containers with the same profile. libseccomp takes about
 * 20 ms for the default one, anew for each container; what comes of it crun keeps beside its state, and takes it back by an
 * annotation. Its `linux.seccomp` stays in config.json, whose flags crun goes by all the same.
 *
 *   bundle written: none known ──▶ crun compiles ──▶ about to start: learnt ──▶ bundle written: handed back
 *
 * First containers that come together each compile; nobody waits for another's.
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { machine, release, version } from "node:os";
import { join } from "node:path";
import type { ContainerId } from "../../vocabulary/index.ts";
import { filterStore } from "./filter-store.ts";
import type { Seccomp } from "./spec/runtime-spec.ts";

export interface CompiledFilters {
  /** Annotations for the config.json of container `id`, whose profile is this: with its filter, where that is known. */
  handBack(id: ContainerId, seccomp: Seccomp): Readonly<Record<string, string>>;
  /** Takes the filter of a created container that was handed none. Without one it is fine. */
  learn(id: ContainerId): void;
  /** The container is gone, started or not. */
  forget(id: ContainerId): void;
}

export interface CompiledFiltersOptions {
  /** Where they are kept; root's alone. */
  readonly dir: string;
  /** The runtime's program and its state directory. */
  readonly path: string;
  readonly root: string;
  /** A file that changes whenever a shared library of this host does, libseccomp among them. */
  readonly libraries?: string;
}

export const compiledFilters = (options: CompiledFiltersOptions): CompiledFilters => {
  const { dir, path, root, libraries = "/etc/ld.so.cache" } = options;
  const store = filterStore(dir);
  const awaited = new Map<ContainerId, { readonly key: string; readonly compiler: string }>();
  const compilerNow = (): string | undefined => compilerOf(path, libraries);

  return {
    handBack(id, seccomp) {
      awaited.delete(id);
      const compiler = compilerNow();
      if (compiler === undefined || !isPlain(seccomp)) return {};
      const key = createHash("sha256").update(compiler).update(JSON.stringify(seccomp)).digest("hex");
      const known = store.get(key);
      if (known) return { "run.oci.seccomp_bpf_data": known.toString("base64") };
      awaited.set(id, { key, compiler });
      return {};
    },

    learn(id) {
      const expected = awaited.get(id);
      awaited.delete(id);
      if (expected === undefined || store.get(expected.key) !== undefined) return;
      // An upgrade between the two: whose work the filter is, nobody knows.
      if (expected.compiler !== compilerNow()) return;
      const filter = readOwn(join(root, id, "seccomp.bpf"));
      if (filter) store.put(expected.key, filter);
    },

    forget: (id) => void awaited.delete(id),
  };
};

/** Flags and a listener are no part of the filter, but go with it: such profiles are rare, and crun has them as ever. */
const isPlain = ({ flags = [], listenerPath }: Seccomp): boolean => flags.length === 0 && listenerPath === undefined;

/** All that a filter depends on besides its profile: crun, libseccomp, and what that asks of the kernel. */
const compilerOf = (path: string, libraries: string): string | undefined => {
  const files = [path, libraries].map(identityOf);
  return files.includes(undefined) ? undefined : [...files, release(), version(), machine(), ""].join("\n");
};

const identityOf = (path: string): string | undefined => {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && [path, found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(" ");
};

/**
 * Not what crun shares with a cache of its own, which it has from 1.7 on if it was built with libgcrypt: then it needs none of
 * ours, and would fail on an annotation for a profile that its cache has too.
 */
const readOwn = (path: string): Buffer | undefined => {
  try {
    return statSync(path).nlink === 1 ? readFileSync(path) : undefined;
  } catch {
    return undefined; // the container starts without, and the next one compiles for itself
  }
};
