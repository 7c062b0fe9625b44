/**
 * A seccomp profile as files hold it (containers/common's and Docker's format, or the runtime-spec's own) made into
 * `linux.seccomp` for one container: rules for other machines, kernels and capabilities left out.
 */
import { constants } from "node:os";
import { Invalid } from "../../../errors.ts";
import type { Host } from "../host.ts";
import { atLeast } from "../version.ts";
import type { Seccomp, SeccompArgument } from "./runtime-spec.ts";

interface Condition {
  readonly arches?: readonly string[];
  readonly caps?: readonly string[];
  readonly minKernel?: string;
}

interface Rule {
  readonly name?: string;
  readonly names?: readonly string[];
  readonly action: string;
  readonly args?: readonly SeccompArgument[] | null;
  readonly errnoRet?: number;
  readonly errno?: string;
  readonly includes?: Condition;
  readonly excludes?: Condition;
}

export interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly defaultErrno?: string;
  readonly architectures?: readonly string[];
  readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] | null }[];
  readonly flags?: readonly string[];
  readonly listenerPath?: string;
  readonly listenerMetadata?: string;
  readonly syscalls?: readonly Rule[];
}

/** Throws Invalid, naming `source`, for what is not JSON or has no default action. */
export const parseProfile = (text: string, source: string): Profile => {
  let profile: Partial<Profile> | null;
  try {
    profile = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Invalid(`seccomp profile ${source} is not JSON: ${reason}`, error);
  }
  const { defaultAction, syscalls } = profile ?? {};
  if (typeof defaultAction !== "string") throw new Invalid(`seccomp profile ${source} has no defaultAction`);
  if (!Array.isArray(syscalls ?? [])) throw new Invalid(`seccomp profile ${source} has syscalls that are no list`);
  return { ...profile, defaultAction };
};

export type ProfileHost = Pick<Host, "architecture" | "kernel">;

/** `capabilities`: those in the container's bounding set. Throws Invalid, naming `source`, for rules that contradict themselves. */
export const seccomp = (
  profile: Profile,
  source: string,
  host: ProfileHost,
  capabilities: readonly string[],
): Seccomp => {
  const has = (capability: string) => capabilities.includes(capability);
  const included = ({ arches = [], caps = [], minKernel = "0" }: Condition) =>
    (arches.length === 0 || arches.includes(host.architecture)) && caps.every(has) && atLeast(host.kernel, minKernel);
  const excluded = ({ arches = [], caps = [], minKernel }: Condition) =>
    arches.includes(host.architecture) ||
    caps.some(has) ||
    (minKernel !== undefined && atLeast(host.kernel, minKernel));
  const applies = ({ includes = {}, excludes = {} }: Rule) => included(includes) && !excluded(excludes);
  const { defaultAction, flags, listenerPath, listenerMetadata } = profile;
  return {
    defaultAction,
    defaultErrnoRet: errnoOf(profile.defaultErrno, profile.defaultErrnoRet, source),
    architectures: architectures(profile, source, host.architecture),
    flags,
    listenerPath: listenerPath || undefined,
    listenerMetadata: listenerMetadata || undefined,
    syscalls: (profile.syscalls ?? []).filter(applies).map((rule) => written(rule, source)),
  };
};

const written = (rule: Rule, source: string): Seccomp["syscalls"][number] => {
  if (rule.name !== undefined && rule.names !== undefined)
    throw new Invalid(`seccomp profile ${source} has a rule with both name and names: ${rule.name}`);
  const args = rule.args ?? [];
  for (const { value, valueTwo = 0 } of args)
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(valueTwo))
      throw new Invalid(
        `seccomp profile ${source} compares with ${value} or ${valueTwo}, which is not exact above 2^53`,
      );
  return {
    names: rule.names ?? [rule.name ?? ""],
    action: rule.action,
    errnoRet: errnoOf(rule.errno, rule.errnoRet, source),
    args: args.length > 0 ? args : undefined,
  };
};

/** By name or number; libseccomp knows only numbers. */
const errnoOf = (name: string | undefined, number: number | undefined, source: string): number | undefined => {
  if (!name) return number;
  const errnos: Readonly<Record<string, number>> = constants.errno;
  const known = errnos[name];
  if (known === undefined) throw new Invalid(`seccomp profile ${source} names an unknown error: ${name}`);
  return known;
};

/** libseccomp's names for Go's. */
const NATIVE: Readonly<Record<string, string>> = {
  amd64: "SCMP_ARCH_X86_64",
  "386": "SCMP_ARCH_X86",
  arm64: "SCMP_ARCH_AARCH64",
  arm: "SCMP_ARCH_ARM",
  ppc64le: "SCMP_ARCH_PPC64LE",
  s390x: "SCMP_ARCH_S390X",
  riscv64: "SCMP_ARCH_RISCV64",
  loong64: "SCMP_ARCH_LOONGARCH64",
};

/** The machine's own and those whose programs it also runs: a 32-bit call must not slip past the filter. */
const architectures = (profile: Profile, source: string, architecture: string): readonly string[] => {
  if (profile.architectures?.length && profile.archMap?.length)
    throw new Invalid(`seccomp profile ${source} has both architectures and archMap`);
  if (profile.architectures?.length) return profile.architectures;
  const native = NATIVE[architecture];
  if (native === undefined) return [];
  return [native, ...(profile.archMap?.find((entry) => entry.architecture === native)?.subArchitectures ?? [])];
};
