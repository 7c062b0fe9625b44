/** Capabilities of a container: CRI-O's default set or all, then what the pod adds, then without what it drops. */
import { Invalid } from "../../../errors.ts";
import type { ContainerSecurity } from "../../../vocabulary/index.ts";
import type { Capabilities } from "./runtime-spec.ts";

/** By their numbers, capability.h. */
const NAMES = `
  CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
  SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
  MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`
  .trim()
  .split(/\s+/)
  .map((name) => `CAP_${name}`);

/** CRI-O's default, which is smaller than containerd's: no NET_RAW, no MKNOD. */
export const defaultCapabilities: readonly string[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_KILL",
];

/** The names in a mask as /proc/PID/status has it. Bits newer than this list are left out: the OCI runtimes know them no better. */
export const capabilitiesIn = (mask: bigint): readonly string[] => NAMES.filter((_, bit) => (mask >> BigInt(bit)) & 1n);

export type CapabilityRequest = Pick<
  ContainerSecurity,
  "privileged" | "addCapabilities" | "dropCapabilities" | "addAmbientCapabilities"
>;

/**
 * The sets of a container's process, within `bounding`, our own. What the pod names itself must be in there; ALL, privileged
 * and the defaults are cut down to it. Throws Invalid for unknown names and for those that this daemon cannot give.
 */
export const capabilities = (
  request: CapabilityRequest,
  bounding: readonly string[],
  defaults: readonly string[],
): Capabilities => {
  const permitted = request.privileged ? [...bounding] : chosen(request, bounding, defaults);
  const ambient = request.addAmbientCapabilities.map((name) => grantable(name, bounding));
  const all = [...new Set([...permitted, ...ambient])];
  // Inheritable stays empty (CVE-2022-24769) but for what the pod wants ambient: the kernel asks for both.
  return { bounding: all, effective: all, permitted: all, inheritable: ambient, ambient };
};

const chosen = (request: CapabilityRequest, bounding: readonly string[], defaults: readonly string[]): string[] => {
  const adds = request.addCapabilities.filter((name) => !isAll(name)).map((name) => grantable(name, bounding));
  const drops = request.dropCapabilities.filter((name) => !isAll(name)).map(canonical);
  const base = request.addCapabilities.some(isAll) ? bounding : request.dropCapabilities.some(isAll) ? [] : defaults;
  const kept = base.filter((name) => bounding.includes(name));
  return [...new Set([...kept, ...adds])].filter((name) => !drops.includes(name));
};

const isAll = (name: string): boolean => name.toUpperCase() === "ALL";

/** With or without `CAP_`, in any case, as CRI clients write them. */
const canonical = (name: string): string => {
  const upper = name.toUpperCase();
  const known = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (!NAMES.includes(known)) throw new Invalid(`capability "${name}" is not known`);
  return known;
};

/** By the kernel's names. Throws Invalid for one that is not known. */
export const knownCapabilities = (names: readonly string[]): readonly string[] => names.map(canonical);

const grantable = (name: string, bounding: readonly string[]): string => {
  const known = canonical(name);
  if (!bounding.includes(known))
    throw new Invalid(`capability ${known} cannot be given: this daemon's own bounding set does not have it`);
  return known;
};
