/** What every container of this node has, or may ask for; keys as in crio.conf's `[crio.runtime]`. docs/settings.md has them in words. */
import { isAbsolute } from "node:path";
import { Invalid } from "../errors.ts";
import type { Device } from "../vocabulary/index.ts";
import type { Keys, Value } from "./files.ts";
import { ulimitsOf, type Ulimits } from "./ulimits.ts";

export interface ContainerSettings {
  /** Absent: CRI-O's nine. */
  readonly capabilities?: readonly string[];
  readonly ulimits: Ulimits;
  /** Of pods, in the namespaces that they have of their own. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly additionalDevices: readonly Device[];
  /** Paths of devices that a pod may ask for by annotation. */
  readonly allowedDevices: readonly string[];
  /** Device nodes belong to whom the pod runs as, rather than to whom they belong on the host. */
  readonly deviceOwnership: boolean;
  /** A later one comes before an earlier one. */
  readonly cdiSpecDirs: readonly string[];
  /** A file in a later one masks that of the same name in an earlier one. */
  readonly hooksDirs: readonly string[];
  /** Absent: /etc/containers/mounts.conf, then /usr/share/containers/mounts.conf. */
  readonly mountsFile?: string;
  readonly absentMountSourcesToReject: readonly string[];
  /** What RuntimeDefault means on hosts with AppArmor. */
  readonly apparmorProfile: string;
}

const prefix = "troupe.runtime.";

export const containerKeys: Keys = {
  [`${prefix}default_capabilities`]: { kind: "strings", reach: "for new containers" },
  [`${prefix}default_ulimits`]: { kind: "strings", preset: [], reach: "for new containers" },
  [`${prefix}default_sysctls`]: { kind: "strings", preset: [], reach: "for new pods" },
  [`${prefix}enable_unprivileged_ports`]: { kind: "boolean", preset: false, reach: "for new pods" },
  [`${prefix}enable_unprivileged_icmp`]: { kind: "boolean", preset: false, reach: "for new pods" },
  [`${prefix}default_env`]: { kind: "strings", preset: [], reach: "for new containers" },
  [`${prefix}additional_devices`]: { kind: "strings", preset: [], reach: "for new containers" },
  [`${prefix}allowed_devices`]: { kind: "strings", preset: ["/dev/fuse", "/dev/net/tun"], reach: "for new containers" },
  [`${prefix}device_ownership_from_security_context`]: { kind: "boolean", preset: false, reach: "for new containers" },
  [`${prefix}cdi_spec_dirs`]: { kind: "strings", preset: ["/etc/cdi", "/var/run/cdi"], reach: "for new containers" },
  [`${prefix}hooks_dir`]: {
    kind: "strings",
    preset: ["/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d"],
    reach: "for new containers",
  },
  [`${prefix}default_mounts_file`]: { kind: "string", preset: "", reach: "for new containers" },
  [`${prefix}absent_mount_sources_to_reject`]: { kind: "strings", preset: [], reach: "for new containers" },
  [`${prefix}apparmor_profile`]: { kind: "string", preset: "troupe-default", reach: "for new containers" },
};

/** Throws Invalid, naming the key. */
export const containerSettingsOf = (get: (key: string) => Value | undefined): ContainerSettings => {
  const at = (key: string): Value | undefined => get(prefix + key);
  const list = (key: string): readonly string[] => (at(key) ?? []) as readonly string[];
  const paths = (key: string): readonly string[] => list(key).map((path) => absolute(key, path));
  const mountsFile = String(at("default_mounts_file"));
  const capabilities = at("default_capabilities");
  return {
    ...(capabilities === undefined ? {} : { capabilities: list("default_capabilities") }),
    ulimits: ulimitsOf(`${prefix}default_ulimits`, list("default_ulimits")),
    sysctls: {
      ...(at("enable_unprivileged_ports") === true && { "net.ipv4.ip_unprivileged_port_start": "0" }),
      ...(at("enable_unprivileged_icmp") === true && { "net.ipv4.ping_group_range": "0 2147483647" }),
      ...Object.fromEntries(list("default_sysctls").map((text) => pair("default_sysctls", text))),
    },
    env: list("default_env").map((text) => pair("default_env", text).join("=")),
    additionalDevices: list("additional_devices").map(deviceOf),
    allowedDevices: paths("allowed_devices"),
    deviceOwnership: at("device_ownership_from_security_context") === true,
    cdiSpecDirs: paths("cdi_spec_dirs"),
    hooksDirs: paths("hooks_dir"),
    ...(mountsFile && { mountsFile: absolute("default_mounts_file", mountsFile) }),
    absentMountSourcesToReject: paths("absent_mount_sources_to_reject"),
    apparmorProfile: String(at("apparmor_profile")),
  };
};

const absolute = (key: string, path: string): string => {
  if (!isAbsolute(path)) throw new Invalid(`${prefix}${key} has "${path}", which is no absolute path`);
  return path;
};

const pair = (key: string, text: string): [string, string] => {
  const at = text.indexOf("=");
  if (at < 1) throw new Invalid(`${prefix}${key} has "${text}"; it is to be NAME=VALUE`);
  return [text.slice(0, at).trim(), text.slice(at + 1)];
};

/** `HOST[:CONTAINER][:PERMISSIONS]`. */
const deviceOf = (text: string): Device => {
  const [, hostPath = "", containerPath = hostPath, permissions = "rwm"] =
    /^(\/[^:]+)(?::(\/[^:]+))?(?::([rwm]{1,3}))?$/.exec(text) ?? [];
  if (hostPath === "")
    throw new Invalid(`${prefix}additional_devices has "${text}"; it is to be HOST[:CONTAINER][:rwm]`);
  return { hostPath, containerPath, permissions };
};
