/** AppArmor profile and SELinux labels: written only where the host has the module on, for a runtime fails on them elsewhere. */
import { existsSync, readFileSync } from "node:fs";
import { Invalid } from "../../../errors.ts";
import type { ContainerSecurity } from "../../../vocabulary/index.ts";
import type { Host } from "../host.ts";

type Security = Pick<ContainerSecurity, "privileged" | "apparmor" | "selinuxLabel">;

/** Absent: unconfined. `runtimeDefault`: the node's own profile, "" for none. Throws Invalid for what this host cannot do. */
export const apparmorProfile = (
  { privileged, apparmor }: Security,
  runtimeDefault: string,
  host: Pick<Host, "apparmor">,
  loaded = loadedProfiles,
): string | undefined => {
  if (!host.apparmor) {
    if (apparmor === undefined || apparmor.type === "unconfined" || (privileged && apparmor.type === "runtimeDefault"))
      return undefined;
    throw new Invalid("an AppArmor profile was asked for, but AppArmor is off on this host");
  }
  // A privileged container escapes the default, not the profile that its pod names.
  if (apparmor?.type === "unconfined" || (privileged && apparmor?.type !== "localhost")) return undefined;
  const profile = apparmor?.type === "localhost" ? apparmor.localhostRef.replace(/^localhost\//, "") : runtimeDefault;
  if (profile === "") return undefined;
  if (!loaded().includes(profile))
    throw new Invalid(`AppArmor profile "${profile}" is not loaded on this host; load it with apparmor_parser`);
  return profile;
};

const loadedProfiles = (): readonly string[] => {
  const file = "/sys/kernel/security/apparmor/profiles";
  // `NAME (MODE)`, and a name may have blanks.
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .map((line) => line.replace(/ \([a-z]+\)$/, ""))
    : [];
};

export interface SelinuxLabels {
  readonly process?: string;
  readonly mount?: string;
}

/** The pod's label, and for mounts the type for container files with its level. None for a privileged container. */
export const selinuxLabels = ({ privileged, selinuxLabel }: Security, host: Pick<Host, "selinux">): SelinuxLabels => {
  if (!host.selinux || privileged || selinuxLabel === "") return {};
  const [, , , ...level] = selinuxLabel.split(":");
  return { process: selinuxLabel, mount: `system_u:object_r:container_file_t:${level.join(":") || "s0"}` };
};
