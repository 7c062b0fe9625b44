/** Kernel parameters of a pod: which namespace each belongs to, and how it is written. Others would change the host. */
import { writeFileSync } from "node:fs";
import { Failed, Invalid, quoted } from "../../errors.ts";
import { hostIdOf, type IdMappings } from "../../vocabulary/index.ts";
import { asUser } from "../linux/effective-user.ts";
import { isErrno } from "../linux/libc.ts";
import type { NamespaceKind } from "../linux/namespaces.ts";

export interface Sysctl {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly namespace: NamespaceKind;
}

const ipcNames = /^kernel\/(shm(all|max|mni|_rmid_forced)|msg(max|mnb|mni)|sem)$/;

/** sysctl(8): the first separator decides; after a dot, slashes stand for dots in a name: `net.ipv4.conf.eth0/100.forwarding`. */
const toPath = (name: string): string => {
  const first = /[./]/.exec(name)?.[0];
  return first === "." ? name.replace(/[./]/g, (mark) => (mark === "." ? "/" : ".")) : name;
};

const namespaceOf = (path: string): NamespaceKind | undefined => {
  if (path.startsWith("net/")) return "net";
  return path.startsWith("fs/mqueue/") || ipcNames.test(path) ? "ipc" : undefined;
};

const plain = (path: string): boolean =>
  path.split("/").every((part) => /^[\w.:@-]+$/.test(part) && part !== "." && part !== "..");

/** Throws Invalid, naming it, for a parameter that is not the pod's to set in the namespaces that it has of its own. */
export const planSysctls = (
  sysctls: Readonly<Record<string, string>>,
  own: readonly NamespaceKind[],
): readonly Sysctl[] =>
  Object.entries(sysctls).map(([name, value]) => {
    const path = toPath(name);
    const namespace = plain(path) ? namespaceOf(path) : undefined;
    if (namespace === undefined)
      throw new Invalid(`sysctl ${quoted(name)} is not one of a pod's own: it would be set for the whole host`);
    if (!own.includes(namespace))
      throw new Invalid(
        `sysctl ${quoted(name)} cannot be set in this pod: it uses the host's ${namespace === "net" ? "network" : "IPC"} namespace`,
      );
    return { name, value, path: `/proc/sys/${path}`, namespace };
  });

/** A pod's own and, before them, those of the node's settings that have a namespace in it and of which it says nothing. */
export const withDefaults = (
  sysctls: readonly Sysctl[],
  defaults: readonly Sysctl[],
  own: readonly NamespaceKind[],
): readonly Sysctl[] => [
  ...defaults.filter(({ path, namespace }) => own.includes(namespace) && !sysctls.some((one) => one.path === path)),
  ...sysctls,
];

const PING_GROUPS = "net.ipv4.ping_group_range";

/**
 * What a pod with a user namespace of its own means, written from outside: the groups that may ping are its own, by the ids that
 * the host knows them by. Those that it does not have are left out.
 */
export const inHostIds = (sysctl: Sysctl, { gids }: IdMappings): Sysctl => {
  const [, first, last] = /^\s*(\d+)\s+(\d+)\s*$/.exec(sysctl.value) ?? [];
  const [all] = gids;
  if (toPath(sysctl.name) !== toPath(PING_GROUPS) || first === undefined || last === undefined || !all) return sysctl;
  const end = Math.min(Number(last), all.containerId + all.length - 1);
  const [from, to] = [hostIdOf(gids, Number(first)), hostIdOf(gids, end)];
  return from === undefined || to === undefined ? sysctl : { ...sysctl, value: `${from} ${to}` };
};

/**
 * Writes one in the namespaces of the calling thread. `root`: of the user namespace that they belong to, by the host's ids. Those
 * of ipc take it from nobody else, not even from the host's root. Throws Invalid for what the kernel does not take.
 */
export const writeSysctl = ({ name, value, path, namespace }: Sysctl, root = 0): void => {
  try {
    if (namespace === "ipc" && root !== 0) asUser(root, () => writeFileSync(path, value));
    else writeFileSync(path, value);
  } catch (error) {
    if (isErrno(error, "ENOENT")) throw new Invalid(`sysctl ${quoted(name)} is not known to this kernel`, error);
    // What the kernel keeps for all namespaces together can only be read in a pod's own.
    if (isErrno(error, "EACCES", "EPERM", "EROFS"))
      throw new Invalid(`sysctl ${quoted(name)} cannot be set in a pod's own namespaces`, error);
    if (isErrno(error, "EINVAL", "ERANGE", "EDOM"))
      throw new Invalid(`sysctl ${quoted(name)} does not take the value ${quoted(value)}`, error);
    throw new Failed(`cannot set sysctl ${quoted(name)} to ${quoted(value)}`, error);
  }
};
