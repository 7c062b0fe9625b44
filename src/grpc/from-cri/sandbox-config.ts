/** PodSandboxConfig in Troupe's words. */
import { isIP } from "node:net";
import { Invalid } from "../../errors.ts";
import type { DnsConfig, NamespaceOptions, PortMapping, SandboxConfig } from "../../vocabulary/index.ts";
import { Protocol, type DNSConfig, type PodSandboxConfig, type PortMapping as Port } from "../messages/sandbox.ts";
import {
  inRange,
  marks,
  meaning,
  noNul,
  oneLine,
  optionalDirectory,
  present,
  quoted,
  safeName,
  shortPath,
} from "./field.ts";
import { namespaceOptions } from "./namespaces.ts";
import { podSums } from "./resources.ts";
import { selinuxLabel } from "./selinux.ts";

/** Throws Invalid, naming the field. */
export const sandboxConfig = (message: PodSandboxConfig): SandboxConfig => {
  const metadata = present("config.metadata", message.metadata);
  const security = message.linux?.security_context ?? null;
  const namespaces = namespaceOptions(
    "config.linux.security_context.namespace_options",
    security?.namespace_options ?? null,
  );
  const label = selinuxLabel("config.linux.security_context.selinux_options", security?.selinux_options ?? null);
  if (security?.run_as_group && !security.run_as_user)
    throw new Invalid("config.linux.security_context.run_as_group is given without run_as_user");
  return {
    metadata: {
      name: safeName("config.metadata.name", metadata.name),
      uid: safeName("config.metadata.uid", metadata.uid),
      namespace: safeName("config.metadata.namespace", metadata.namespace),
      attempt: metadata.attempt,
    },
    hostname: hostname(message.hostname),
    logDirectory: optionalDirectory("config.log_directory", message.log_directory),
    ...(message.dns_config && { dns: dns(message.dns_config) }),
    portMappings: message.port_mappings.map(portMapping),
    ...marks(message),
    cgroupParent: cgroupParent(message.linux?.cgroup_parent ?? ""),
    sysctls: sysctls(message.linux?.sysctls ?? {}, namespaces),
    namespaces,
    privileged: security?.privileged ?? false,
    ...(label !== "" && { selinuxLabel: label }),
    ...((message.linux?.overhead || message.linux?.resources) && { sums: podSums("config.linux.", message.linux) }),
  };
};

// HOST_NAME_MAX: sethostname(2) takes 64 bytes.
const hostname = (name: string): string => {
  oneLine("config.hostname", name);
  if (Buffer.byteLength(name) > 64)
    throw new Invalid(`config.hostname has ${Buffer.byteLength(name)} bytes, more than the 64 that Linux takes`);
  return name;
};

const dns = ({ servers, searches, options }: DNSConfig): DnsConfig => ({
  servers: words("config.dns_config.servers", servers),
  searches: words("config.dns_config.searches", searches),
  options: words("config.dns_config.options", options),
});

// RFC 1035: no name is longer; addresses and options are far shorter.
const longestWord = 255;

/** Each becomes a line, or a word of one, in resolv.conf. */
const words = (field: string, list: readonly string[]): readonly string[] =>
  list.map((word, n) => {
    if (word.length > longestWord)
      throw new Invalid(`${field}[${n}] has ${word.length} characters, more than the ${longestWord} of a name in DNS`);
    return oneLine(`${field}[${n}]`, word);
  });

const protocols = { [Protocol.TCP]: "tcp", [Protocol.UDP]: "udp", [Protocol.SCTP]: "sctp" } as const;

const portMapping = (port: Port, n: number): PortMapping => {
  const field = `config.port_mappings[${n}]`;
  if (port.host_ip !== "" && isIP(port.host_ip) === 0)
    throw new Invalid(`${field}.host_ip is ${quoted(port.host_ip)}, which is no address`);
  return {
    protocol: meaning(`${field}.protocol`, port.protocol, protocols),
    containerPort: inRange(`${field}.container_port`, port.container_port, 0, 65535),
    hostPort: inRange(`${field}.host_port`, Math.max(0, port.host_port), 0, 65535),
    hostIp: port.host_ip,
  };
};

// Containers' cgroups lie below it and below a hierarchy's mount point: all of that is to be one path, or nobody could
// remove what was made.
const longestCgroupParent = 1024;

// The driver checks its form; here only that it cannot climb out of the cgroup root, and that paths below it can be.
const cgroupParent = (path: string): string => {
  const field = "config.linux.cgroup_parent";
  // The kernel makes no cgroup with a newline in its name.
  if (oneLine(field, path).split("/").includes(".."))
    throw new Invalid(`${field} is ${quoted(path)}: ".." is not allowed in it`);
  return shortPath(field, path, longestCgroupParent);
};

const sysctls = (
  settings: Readonly<Record<string, string>>,
  namespaces: NamespaceOptions,
): Readonly<Record<string, string>> => {
  for (const [name, value] of Object.entries(settings)) {
    const field = `config.linux.sysctls[${quoted(name)}]`;
    // Dots become slashes in /proc/sys; a "/" or an empty part of the name would lead elsewhere.
    if (!/^[\w-]+(\.[\w-]+)+$/.test(name))
      throw new Invalid(`${field} is no name of a sysctl, like net.core.somaxconn`);
    noNul(field, value);
    if (namespaces.network === "node" && name.startsWith("net."))
      throw new Invalid(`${field} would change the host, whose network this sandbox shares`);
    if (namespaces.ipc === "node" && /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(name))
      throw new Invalid(`${field} would change the host, whose ipc namespace this sandbox shares`);
  }
  return settings;
};
