/**
 * Credentials of this node, for pulls that bring none: which files and helpers are asked, in which order. Read anew for each
 * pull. What cannot be read fails it: to go on without credentials would end as "denied" and hide the reason.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Cancelled, Invalid, toFailure, TroupeError } from "../../../errors.ts";
import type { Credentials } from "../credentials.ts";
import { AUTH_FILES } from "../registries-conf.ts";
import { findInFile, parseAuthFile, type AuthFile } from "./auth-file.ts";
import { askHelper } from "./credential-helper.ts";

export interface KeyringOptions {
  /** The one file that is read, in place of those below. Absent, also for the moment: those. */
  readonly authFile?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
  readonly uid: number;
  /** A helper is killed after this. */
  readonly helperWithinMs: number;
}

export interface Found {
  readonly credentials: Credentials;
  /** Where they are from, in words: `/run/containers/0/auth.json, for quay.io/team`. */
  readonly from: string;
}

export interface Keyring {
  /**
   * For the repository `name` (`quay.io/team/app`, `docker.io/library/busybox`); undefined: nobody knows any. `helpers`: of
   * registries.conf, in its order. Throws Invalid, Failed and Cancelled.
   */
  find(name: string, helpers: readonly string[], signal: AbortSignal): Promise<Found | undefined>;
  /** Files that are read, in this order; those that are not there are fine. */
  files(): readonly { readonly file: string; readonly legacy?: true }[];
}

export const keyring = (options: KeyringOptions): Keyring => {
  const files: Keyring["files"] = () => {
    const { authFile, env, home, uid } = options;
    if (authFile !== undefined) return [{ file: authFile }];
    const runtimeDir = env["XDG_RUNTIME_DIR"] || `/run/containers/${uid}`;
    const ofRun = env["XDG_RUNTIME_DIR"] ? join(runtimeDir, "containers/auth.json") : join(runtimeDir, "auth.json");
    return [
      { file: ofRun },
      { file: join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "containers/auth.json") },
      { file: join(env["DOCKER_CONFIG"] || join(home, ".docker"), "config.json") },
      { file: join(home, ".dockercfg"), legacy: true },
    ];
  };

  const byHelper = async (helper: string, host: string, where: string, signal: AbortSignal) => {
    const { env, helperWithinMs } = options;
    const credentials = await askHelper(helper, host, { env, withinMs: helperWithinMs }, signal);
    return credentials && { credentials, from: `docker-credential-${helper}, which ${where} names` };
  };

  const inFiles = async (name: string, signal: AbortSignal): Promise<Found | undefined> => {
    const [host = ""] = name.split("/");
    for (const { file, legacy } of files()) {
      const read = await readIfThere(file, legacy === true, signal);
      const helper = read?.helpers.get(host);
      const found = read && helper === undefined ? findInFile(read, name) : undefined;
      if (found) return { credentials: found.credentials, from: `${file}, for ${found.key}` };
      // A file that names a helper for this host leaves it to that one.
      if (helper !== undefined) {
        const asked = await byHelper(helper, host, file, signal);
        if (asked) return asked;
      }
    }
    return undefined;
  };

  return {
    files,
    async find(name, helpers, signal) {
      const [host = ""] = name.split("/");
      const failures: unknown[] = [];
      for (const helper of helpers) {
        try {
          const found =
            helper === AUTH_FILES
              ? await inFiles(name, signal)
              : await byHelper(helper, host, "credential-helpers of registries.conf", signal);
          if (found) return found;
        } catch (error) {
          if (signal.aborted) throw error;
          failures.push(error);
        }
      }
      const [first] = failures;
      if (failures.length <= 1) {
        if (first !== undefined) throw first;
        return undefined;
      }
      throw new TroupeError(toFailure(first).code, failures.map((error) => toFailure(error).text).join("; "), first);
    },
  };
};

const readIfThere = async (file: string, legacy: boolean, signal: AbortSignal): Promise<AuthFile | undefined> => {
  let text: string;
  try {
    text = await readFile(file, { encoding: "utf8", signal });
  } catch (error) {
    if (signal.aborted) throw new Cancelled(`reading ${file} was called off`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new Invalid(`${file} cannot be read: ${code ?? String(error)}`, error);
  }
  return parseAuthFile(file, text, legacy);
};
