/**
 * Namespaces of sandboxes, made on this thread and pinned as files: about a millisecond, and no process is needed for it but
 * for a pod with a user namespace of its own.
 *
 * A pin is bound last, when all is set in its namespace: one that is there is whole, wherever an earlier attempt ended.
 */
import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Failed, Invalid, toFailure, TroupeError } from "../../errors.ts";
import { hostRootOf, shortId, type SandboxId } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import { bindMount, makeSharedDirectory, unmount } from "../linux/mount.ts";
import {
  currentNamespace,
  inNamespacesOf,
  inNewNamespaces,
  isNamespace,
  setHostname,
  type NamespaceKind,
} from "../linux/namespaces.ts";
import { bringUp } from "../linux/network-interface.ts";
import { warmPool } from "../linux/pool.ts";
import { inNewUserNamespace } from "../linux/user-namespace.ts";
import type { PinRequest, Pins, SandboxNamespaces } from "./sandbox-namespaces.ts";
import { inHostIds, planSysctls, withDefaults, writeSysctl, type Sysctl } from "./sysctls.ts";

export interface PinPlaces {
  /** Where `ip netns` looks: /run/netns. It becomes a shared mount, so that CNI daemons in containers see pins come and go. */
  readonly netnsDir: string;
  /** For the ipc, uts and user namespaces. */
  readonly pinDir: string;
  /** Of every pod that has the namespace for it and says nothing else; read for each pod. Those that are not a pod's to set are Invalid at once. */
  readonly defaultSysctls?: Readonly<Record<string, string>>;
}

const kinds: readonly NamespaceKind[] = ["net", "ipc", "uts"];
const pinKinds = ["user", ...kinds] as const;
type PinKind = (typeof pinKinds)[number];

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

const bindPin = (namespace: string, path: string): void => {
  rmSync(path, { force: true }); // a plain file: the pin of an earlier boot, or of an attempt that ended here
  closeSync(openSync(path, "wx", 0o000));
  bindMount(namespace, path);
};

/** Throws Invalid for one that is not a pod's to set. */
export const checkDefaultSysctls = (sysctls: Readonly<Record<string, string>>): readonly Sysctl[] =>
  planSysctls(sysctls, kinds);

export const sandboxNamespaces = (places: PinPlaces): SandboxNamespaces => {
  const { netnsDir, pinDir } = places;
  const defaultsNow = (): readonly Sysctl[] => checkDefaultSysctls(places.defaultSysctls ?? {});
  defaultsNow();
  let prepared: Promise<void> | undefined;
  const prepare = async (): Promise<void> => {
    await warmPool();
    mkdirSync(pinDir, { recursive: true, mode: 0o700 });
    makeSharedDirectory(netnsDir);
  };

  const path = (kind: PinKind, id: SandboxId): string =>
    kind === "net" ? join(netnsDir, `troupe-${id}`) : join(pinDir, `${id}.${kind}`);
  const isPinned = (id: SandboxId) => (kind: PinKind) => isNamespace(path(kind, id));

  const pinned = (id: SandboxId): Pins => {
    const there = isPinned(id);
    return {
      ...(there("net") && { network: path("net", id) }),
      ...(there("ipc") && { ipc: path("ipc", id) }),
      ...(there("uts") && { uts: path("uts", id) }),
      ...(there("user") && { user: path("user", id) }),
    };
  };

  const unpin = (id: SandboxId): void => {
    for (const kind of pinKinds) {
      unmount(path(kind, id), { detach: true });
      // The unlink drops the copies that other mount namespaces hold; with them the namespace would live on.
      rmSync(path(kind, id), { force: true });
    }
  };

  /** In the new namespaces of these kinds. */
  const setUp = (
    { id, hostname, userNamespace }: PinRequest,
    made: readonly NamespaceKind[],
    sysctls: readonly Sysctl[],
  ): void => {
    const root = userNamespace && hostRootOf(userNamespace).uid;
    if (made.includes("net")) bringUp("lo");
    if (made.includes("uts") && hostname !== undefined) nameHost(hostname);
    for (const sysctl of sysctls) if (made.includes(sysctl.namespace)) writeSysctl(sysctl, root);
    for (const kind of made) bindPin(currentNamespace(kind), path(kind, id));
  };

  const make = async (request: PinRequest): Promise<void> => {
    const { id, userNamespace } = request;
    const own = ownKinds(request);
    const sysctls = withDefaults(planSysctls(request.sysctls, own), defaultsNow(), own);
    if (!userNamespace) {
      const missing = own.filter((kind) => !isPinned(id)(kind));
      if (missing.length > 0) inNewNamespaces(missing, () => setUp(request, missing, sysctls));
      return;
    }
    if (([...own, "user"] as const).every(isPinned(id))) return;
    unpin(id); // a namespace belongs to the user namespace in which it was made: what an earlier attempt left fits no new one
    const seenInside = sysctls.map((sysctl) => inHostIds(sysctl, userNamespace));
    await inNewUserNamespace(userNamespace, own, (pid) => {
      inNamespacesOf(pid, own, () => setUp(request, own, seenInside));
      bindPin(`/proc/${pid}/ns/user`, path("user", id));
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
        await make(request);
      } catch (error) {
        if (error instanceof TroupeError) throw error;
        const why = toFailure(error).text;
        throw new Failed(`cannot make the namespaces of sandbox ${shortId(request.id)}: ${why}`, error);
      }
      return pinned(request.id);
    },

    unpin: async (id) => unpin(id),
  };
};
