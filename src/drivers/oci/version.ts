/** What an OCI runtime says of itself, by `--version` and `features`, in Troupe's words. */
import type { RuntimeFeatures } from "./runtime.ts";

export interface RuntimeVersion {
  /** `crun`, `runc`, `youki` …: the first word. */
  readonly kind: string;
  /** `1.8.1`, without what a distribution adds to it; "" where it names none. */
  readonly version: string;
  readonly seccomp: boolean;
}

/** crun: `crun version 1.8.1` and `+SECCOMP`; runc: `runc version 1.1.5+ds1` and `libseccomp: 2.5.4`. */
export const parseVersion = (output: string): RuntimeVersion => {
  const [, kind = "", version = ""] = /^(\S+) version (?:release-)?v?([\d.]*)/m.exec(output) ?? [];
  return { kind, version, seccomp: /\+SECCOMP\b|^libseccomp:/m.test(output) };
};

interface FeaturesDocument {
  readonly mountOptions?: readonly string[];
  readonly linux?: {
    readonly seccomp?: { readonly enabled?: boolean };
    readonly mountExtensions?: { readonly idmap?: { readonly enabled?: boolean } };
  };
}

/** runtime-spec features.md: what is absent is not there. Throws SyntaxError for what is not JSON. */
export const parseFeatures = (output: string, { kind, version }: RuntimeVersion): RuntimeFeatures => {
  const { mountOptions = [], linux }: FeaturesDocument = JSON.parse(output);
  return {
    // crun 1.22 says that it can and cannot.
    idmappedMounts:
      linux?.mountExtensions?.idmap?.enabled === true && !(kind === "crun" && /^1\.22(\.|$)/.test(version)),
    recursiveReadOnly: mountOptions.includes("rro"),
    seccomp: linux?.seccomp?.enabled === true,
  };
};

/** Whether it may know the command `features`: crun does from 1.8.6 on, runc from 1.1.0 on; of others nothing is known. */
export const tellsFeatures = ({ kind, version }: RuntimeVersion): boolean =>
  !(kind === "crun" && !atLeast(version, "1.8.6")) && !(kind === "runc" && !atLeast(version, "1.1.0"));

/** For runtimes that do not know the command. Of others nothing is known, so nothing is promised. */
export const knownFeatures = ({ kind, version, seccomp }: RuntimeVersion): RuntimeFeatures => ({
  idmappedMounts: kind === "crun" && atLeast(version, "1.4.3"),
  recursiveReadOnly: kind === "crun" && atLeast(version, "1.4"),
  seccomp,
});

/**
 * Whether compiled seccomp filters are worth handing back: crun takes them since 0.18, as 1.0 is the first to promise, and from
 * 1.14 on keeps them itself in every build. runc has no way for it.
 */
export const takesFilters = ({ kind, version }: RuntimeVersion): boolean =>
  kind === "crun" && atLeast(version, "1.0") && !atLeast(version, "1.14");

/** Compares dotted numbers; a part that is missing counts as 0. */
export const atLeast = (version: string, wanted: string): boolean => {
  const have = version.split(".").map(Number);
  for (const [index, want] of wanted.split(".").map(Number).entries()) {
    const part = have[index] ?? 0;
    if (part !== want) return part > want;
  }
  return true;
};
