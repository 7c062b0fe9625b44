/** A container's security context in Troupe's words. Absent, it is that of a plain container. */
import type { ContainerSecurity } from "../../vocabulary/index.ts";
import type { LinuxContainerSecurityContext } from "../messages/security.ts";
import { capabilities } from "./capabilities.ts";
import { namespaceOptions } from "./namespaces.ts";
import { absolutePath } from "./field.ts";
import { apparmor, seccomp } from "./profiles.ts";
import { selinuxLabel } from "./selinux.ts";
import { user } from "./user.ts";

export const security = (field: string, context: LinuxContainerSecurityContext | null): ContainerSecurity => {
  const caps = context?.capabilities;
  const profile = apparmor(field, context?.apparmor ?? null, context?.apparmor_profile ?? "");
  return {
    privileged: context?.privileged ?? false,
    addCapabilities: capabilities(`${field}.capabilities.add_capabilities`, caps?.add_capabilities ?? []),
    dropCapabilities: capabilities(`${field}.capabilities.drop_capabilities`, caps?.drop_capabilities ?? []),
    addAmbientCapabilities: capabilities(
      `${field}.capabilities.add_ambient_capabilities`,
      caps?.add_ambient_capabilities ?? [],
    ),
    namespaces: namespaceOptions(`${field}.namespace_options`, context?.namespace_options ?? null),
    user: user(field, context),
    readonlyRootfs: context?.readonly_rootfs ?? false,
    noNewPrivs: context?.no_new_privs ?? false,
    maskedPaths: paths(`${field}.masked_paths`, context?.masked_paths ?? []),
    readonlyPaths: paths(`${field}.readonly_paths`, context?.readonly_paths ?? []),
    seccomp: seccomp(field, context?.seccomp ?? null, context?.seccomp_profile_path ?? ""),
    ...(profile && { apparmor: profile }),
    selinuxLabel: selinuxLabel(`${field}.selinux_options`, context?.selinux_options ?? null),
  };
};

const paths = (field: string, list: readonly string[]): readonly string[] =>
  list.map((path, n) => absolutePath(`${field}[${n}]`, path));
