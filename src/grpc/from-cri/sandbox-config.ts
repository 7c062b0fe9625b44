/** PodSandboxConfig in Troupe's words. */
import { isIP } from "node:net";
import { Invalid } from "../../errors.ts";
import type { DnsConfig, NamespaceOptions, PortMapping, SandboxConfig } from "../../vocabulary/index.ts";
import { Protocol, type DNSConfig, type PodSandboxConfig, type PortMapping as Port } from "../messages/sandbox.ts";
import { inRange, meaning, noNul, oneLine, optionalDirectory, present, quoted, safeName } from "./field.ts";
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
    labels: message.labels,
    annotations: message.annotations,
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

// Each becomes a line, or a word of one, in resolv.conf.
const dns = (config: DNSConfig): DnsConfig => ({
  servers: config.servers.map((server, n) => oneLine(`config.dns_config.servers[${n}]`, server)),
  searches: config.searches.map((search, n) => oneLine(`config.dns_config.searches[${n}]`, search)),
  options: config.options.map((option, n) => oneLine(`config.dns_config.options[${n}]`, option)),
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

// The driver checks its form; here only that it cannot climb out of the cgroup root.
const cgroupParent = (path: string): string => {
  if (noNul("config.linux.cgroup_parent", path).split("/").includes(".."))
    throw new Invalid(`config.linux.cgroup_parent is ${quoted(path)}: ".." is not allowed in it`);
  return path;
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
