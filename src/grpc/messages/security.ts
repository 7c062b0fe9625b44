/** Messages of proto/cri.proto, chapter "security", as contract.ts decodes them: written by scripts/proto/messages.ts. */
import type { Int64 } from "../draft.ts";

/** All zero: everything is shared in the pod. */
export interface NamespaceOption {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  /** With TARGET: the container whose processes are to be seen. */
  readonly target_id: string;
  readonly userns_options: UserNamespace | null;
}

export const NamespaceMode = {
  /** Shared by the containers of the pod. */
  POD: 0,
  /** The container's own; process namespaces only. */
  CONTAINER: 1,
  /** The host's. */
  NODE: 2,
  /** Another container's; process namespaces only. */
  TARGET: 3,
} as const;

/** A number of NamespaceMode, or one of a newer client. */
export type NamespaceMode = number;

/** Absent or NODE without mappings: none. */
export interface UserNamespace {
  readonly mode: NamespaceMode;
  readonly uids: readonly IDMapping[];
  readonly gids: readonly IDMapping[];
}

export interface IDMapping {
  /** First id outside. */
  readonly host_id: number;
  /** First id inside. */
  readonly container_id: number;
  readonly length: number;
}

export interface LinuxSandboxSecurityContext {
  readonly namespace_options: NamespaceOption | null;
  readonly selinux_options: SELinuxOption | null;
  readonly run_as_user: Int64Value | null;
  readonly run_as_group: Int64Value | null;
  readonly readonly_rootfs: boolean;
  readonly supplemental_groups: readonly Int64[];
  readonly supplemental_groups_policy: SupplementalGroupsPolicy;
  /** Some container of the pod will be privileged. */
  readonly privileged: boolean;
  readonly seccomp: SecurityProfile | null;
  readonly apparmor: SecurityProfile | null;
  /** Older clients: "", unconfined, runtime/default, localhost/PATH. */
  readonly seccomp_profile_path: string;
}

export interface LinuxContainerSecurityContext {
  readonly capabilities: Capability | null;
  readonly privileged: boolean;
  readonly namespace_options: NamespaceOption | null;
  readonly selinux_options: SELinuxOption | null;
  readonly run_as_user: Int64Value | null;
  /** Only with a user. */
  readonly run_as_group: Int64Value | null;
  /** Wins over run_as_user. */
  readonly run_as_username: string;
  readonly readonly_rootfs: boolean;
  readonly supplemental_groups: readonly Int64[];
  readonly supplemental_groups_policy: SupplementalGroupsPolicy;
  readonly no_new_privs: boolean;
  /** The whole list: empty means that nothing is masked. */
  readonly masked_paths: readonly string[];
  readonly readonly_paths: readonly string[];
  readonly seccomp: SecurityProfile | null;
  readonly apparmor: SecurityProfile | null;
  /** Older clients: "", unconfined, runtime/default, localhost/NAME. */
  readonly apparmor_profile: string;
  /** Older clients, as in LinuxSandboxSecurityContext. */
  readonly seccomp_profile_path: string;
}

export const SupplementalGroupsPolicy = {
  /** The image's /etc/group counts too. */
  Merge: 0,
  Strict: 1,
} as const;

/** A number of SupplementalGroupsPolicy, or one of a newer client. */
export type SupplementalGroupsPolicy = number;

/** Names with or without CAP_; ALL is understood. */
export interface Capability {
  readonly add_capabilities: readonly string[];
  readonly drop_capabilities: readonly string[];
  readonly add_ambient_capabilities: readonly string[];
}

export const ProfileType = {
  RuntimeDefault: 0,
  Unconfined: 1,
  Localhost: 2,
} as const;

/** A number of ProfileType, or one of a newer client. */
export type ProfileType = number;

export interface SecurityProfile {
  readonly profile_type: ProfileType;
  /** Seccomp: absolute path. AppArmor: name of a loaded profile. */
  readonly localhost_ref: string;
}

export interface SELinuxOption {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly level: string;
}

/** A number that may be absent. */
export interface Int64Value {
  readonly value: Int64;
}

/** A number that may be absent. */
export interface UInt64Value {
  readonly value: Int64;
}
