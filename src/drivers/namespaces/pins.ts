/**
 * Namespaces of sandboxes, made on this thread and pinned as files: about a millisecond, and no process is needed for it.
 *
 * A pin is bound last, when all is set in its namespace: one that is there is whole, wherever an earlier attempt ended.
 */
import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Failed, Invalid, toFailure, TroupeError } from "../../errors.ts";
import { shortId, type SandboxId } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import { bindMount, makeSharedDirectory, unmount } from "../linux/mount.ts";
import {
  currentNamespace,
  inNewNamespaces,
  isNamespace,
  setHostname,
  type NamespaceKind,
} from "../linux/namespaces.ts";
import { bringUp } from "../linux/network-interface.ts";
import { warmPool } from "../linux/pool.ts";
import type { PinRequest, Pins, SandboxNamespaces } from "./sandbox-namespaces.ts";
import { planSysctls, withDefaults, writeSysctl } from "./sysctls.ts";

export interface PinPlaces {
  /** Where `ip netns` looks: /run/netns. It becomes a shared mount, so that CNI daemons in containers see pins come and go. */
  readonly netnsDir: string;
  /** For the ipc and uts namespaces. */
  readonly pinDir: string;
  /** Of every pod that has the namespace for it and says nothing else. Those that are not a pod's to set are Invalid at once. */
  readonly defaultSysctls?: Readonly<Record<string, string>>;
}

const kinds: readonly NamespaceKind[] = ["net", "ipc", "uts"];

const ownKinds = ({ network, ipc, hostname }: PinRequest): readonly NamespaceKind[] =>
  kinds.filter((kind) => ({ net: network, ipc, uts: hostname !== undefined })[kind]);

const nameHost = (hostname: string): void => {
  try {
    setHostname(hostname);
  } catch (error) {
    if (!isErrno(error, "EINVAL")) throw error;
    throw new Invalid(`hostname "${hostname}" is longer than the 64 bytes that Linux takes`, error);
  }
};

const bindPin = (kind: NamespaceKind, path: string): void => {
  rmSync(path, { force: true }); // a plain file: the pin of an earlier boot, or of an attempt that ended here
  closeSync(openSync(path, "wx", 0o000));
  bindMount(currentNamespace(kind), path);
};

export const sandboxNamespaces = ({ netnsDir, pinDir, defaultSysctls = {} }: PinPlaces): SandboxNamespaces => {
  const defaults = planSysctls(defaultSysctls, kinds);
  let prepared: Promise<void> | undefined;
  const prepare = async (): Promise<void> => {
    await warmPool();
    mkdirSync(pinDir, { recursive: true, mode: 0o700 });
    makeSharedDirectory(netnsDir);
  };

  const path = (kind: NamespaceKind, id: SandboxId): string =>
    kind === "net" ? join(netnsDir, `troupe-${id}`) : join(pinDir, `${id}.${kind}`);

  const pinned = (id: SandboxId): Pins => {
    const there = (kind: NamespaceKind): boolean => isNamespace(path(kind, id));
    return {
      ...(there("net") && { network: path("net", id) }),
      ...(there("ipc") && { ipc: path("ipc", id) }),
      ...(there("uts") && { uts: path("uts", id) }),
    };
  };

  const make = (request: PinRequest): void => {
    const own = ownKinds(request);
    const sysctls = withDefaults(planSysctls(request.sysctls, own), defaults, own);
    const missing = own.filter((kind) => !isNamespace(path(kind, request.id)));
    if (missing.length === 0) return;
    inNewNamespaces(missing, () => {
      if (missing.includes("net")) bringUp("lo");
      if (missing.includes("uts") && request.hostname !== undefined) nameHost(request.hostname);
      for (const sysctl of sysctls) if (missing.includes(sysctl.namespace)) writeSysctl(sysctl);
      for (const kind of missing) bindPin(kind, path(kind, request.id));
    });
  };

  return {
    pinned,

    pin: async (request) => {
      try {
        await (prepared ??= prepare().catch((error: unknown) => {
          prepared = undefined; // the next sandbox tries again
          throw error;
        }));
        make(request);
      } catch (error) {
        if (error instanceof TroupeError) throw error;
        const why = toFailure(error).text;
        throw new Failed(`cannot make the namespaces of sandbox ${shortId(request.id)}: ${why}`, error);
      }
      return pinned(request.id);
    },

    unpin: async (id) => {
      for (const kind of kinds) {
        unmount(path(kind, id), { detach: true });
        // The unlink drops the copies that other mount namespaces hold; with them the namespace would live on.
        rmSync(path(kind, id), { force: true });
      }
    },
  };
};
