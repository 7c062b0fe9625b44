/**
 * Settings: /etc/troupe/troupe.toml and what lies beside it in troupe.d/*.toml, tables and keys named as crio.conf(5)
 * names them. Files are read in order, a later one overrides key by key. An unknown key is a warning with "did you mean":
 * a rollback to a version that does not know a key must not brick a node.
 */
import { existsSync } from "node:fs";
import { Invalid } from "./errors.ts";
import { containerKeys, containerSettingsOf, type ContainerSettings } from "./settings/containers.ts";
import { filesOf, readFile, type Keys, type Read, type Value } from "./settings/files.ts";
import type { RuntimeHandler } from "./settings/handlers.ts";
import { logBoundsOf, type LogBounds } from "./settings/log-bounds.ts";
import { streamingOf, type StreamingSettings } from "./settings/streaming.ts";
import { LOG_LEVELS, logLevelOf, type LogLevel } from "./vocabulary/index.ts";

export type { RuntimeHandler } from "./settings/handlers.ts";

export interface Settings {
  /** What outlives a reboot: images, leases, leaks. */
  readonly root: string;
  /** What this boot knows: records, sockets, pins. On a memory file system. */
  readonly runroot: string;
  readonly listen: string;
  readonly defaultRuntime: string;
  readonly handlers: readonly RuntimeHandler[];
  readonly cgroupManager: "cgroupfs" | "systemd";
  readonly seccompProfile: string;
  /** The init of pods that share one process namespace: static, and called with `-P`. */
  readonly infraProgram: string;
  /** Hosts that may be spoken to over plain http. */
  readonly insecureRegistries: readonly string[];
  /** containers-registries.conf(5); `.d` behind its name is where its drop-ins are. */
  readonly registriesConf: string;
  /** Patterns of names of images that the kubelet is not to delete. */
  readonly pinnedImages: readonly string[];
  /** The one file of credentials; absent: the files where containers-auth.json(5) looks for them. */
  readonly globalAuthFile?: string;
  /** containers-policy.json(5); absent: the node's own, which may be missing. */
  readonly signaturePolicy?: string;
  /** Whether a short name may be looked for at several hosts; absent: as registries.conf says. */
  readonly shortNameMode?: "enforcing" | "disabled";
  readonly networkDir: string;
  readonly pluginDirs: readonly string[];
  readonly defaultNetwork?: string;
  /** Absent: no metrics over TCP. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** A streamed command without a terminal is killed when its client goes; else it goes on, as with other runtimes. */
  readonly killAbandonedExecs: boolean;
  /** Of every container's log; absent: no bound of ours, and a container waits while its log's disk is full. */
  readonly logBounds: LogBounds;
  /** What every container of this node has, or may ask for. */
  readonly containers: ContainerSettings;
  readonly logToJournald: boolean;
  /** Of what the daemon itself says. */
  readonly logLevel: LogLevel;
  /** Where exec, attach and port-forward are streamed; keys as in crio.conf's `[crio.api]`. */
  readonly streaming: StreamingSettings;
  readonly runtimeName: string;
  /** What the files say that this version does not know, one sentence each. */
  readonly warnings: readonly string[];
}

/** Every key there is, with its kind and what holds without it. */
export const KEYS: Keys = {
  "troupe.root": { kind: "string", preset: "/var/lib/troupe" },
  "troupe.runroot": { kind: "string", preset: "/run/troupe" },
  "troupe.runtime_name": { kind: "string", preset: "troupe" },
  "troupe.api.listen": { kind: "string", preset: "/run/troupe/troupe.sock" },
  "troupe.api.stream_address": { kind: "string", preset: "127.0.0.1" },
  "troupe.api.stream_port": { kind: "string", preset: "0" },
  "troupe.api.stream_idle_timeout": { kind: "string", preset: "4h" },
  "troupe.api.stream_enable_tls": { kind: "boolean", preset: false },
  "troupe.api.stream_tls_cert": { kind: "string" },
  "troupe.api.stream_tls_key": { kind: "string" },
  "troupe.api.stream_tls_ca": { kind: "string" },
  "troupe.api.tls_min_version": { kind: "string", preset: "VersionTLS12" },
  "troupe.runtime.log_level": { kind: "string", preset: "info", reach: "from now on" },
  "troupe.runtime.log_size_max": { kind: "number", preset: -1, reach: "for new containers" },
  "troupe.runtime.log_when_full": { kind: "string", preset: "block", reach: "for new containers" },
  "troupe.runtime.log_to_journald": { kind: "boolean", preset: false, reach: "for new containers" },
  "troupe.runtime.kill_abandoned_execs": { kind: "boolean", preset: false, reach: "from now on" },
  "troupe.runtime.default_runtime": { kind: "string", preset: "crun" },
  "troupe.runtime.cgroup_manager": { kind: "string" },
  "troupe.runtime.seccomp_profile": {
    kind: "string",
    preset: "/usr/share/containers/seccomp.json",
    reach: "for new containers",
  },
  "troupe.runtime.infra_program": { kind: "string", preset: "/usr/bin/catatonit" },
  ...containerKeys,
  "troupe.image.insecure_registries": { kind: "strings", preset: [], reach: "for new pulls" },
  "troupe.image.registries_conf": { kind: "string", preset: "/etc/containers/registries.conf", reach: "for new pulls" },
  "troupe.image.pinned_images": { kind: "strings", preset: [], reach: "from now on" },
  "troupe.image.global_auth_file": { kind: "string", reach: "for new pulls" },
  "troupe.image.signature_policy": { kind: "string", reach: "for new pulls" },
  "troupe.image.short_name_mode": { kind: "string", reach: "for new pulls" },
  "troupe.network.network_dir": { kind: "string", preset: "/etc/cni/net.d" },
  "troupe.network.plugin_dirs": { kind: "strings", preset: ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"] },
  "troupe.network.cni_default_network": { kind: "string" },
  "troupe.metrics.enable_metrics": { kind: "boolean", preset: false, reach: "from now on" },
  "troupe.metrics.metrics_host": { kind: "string", preset: "127.0.0.1", reach: "from now on" },
  "troupe.metrics.metrics_port": { kind: "number", preset: 9090, reach: "from now on" },
};

/** Of this host, as far as presets go by it. */
export interface HostHints {
  readonly systemd: boolean;
}

/** `file` absent: /etc/troupe. Throws Invalid, naming file and key, for what cannot be understood. */
export const readSettings = (file?: string, host?: HostHints): Settings => settingsOf(readKeys(file), host);

/** Throws Invalid for a file that cannot be read, is no TOML, or has a value of the wrong kind. */
export const readKeys = (file?: string): Read => {
  const read: Read = { values: new Map(), handlers: new Map(), warnings: [] };
  if (file !== undefined && !existsSync(file)) throw new Invalid(`there is no settings file ${file}`);
  for (const one of file === undefined ? filesOf("/etc/troupe/troupe.toml", "/etc/troupe/troupe.d") : [file])
    readFile(one, KEYS, read);
  return read;
};

/** The handlers that there are where the files name none. */
export const handlersIn = ({ handlers }: Read): readonly RuntimeHandler[] =>
  handlers.size > 0 ? [...handlers.values()] : [{ name: "crun" }, { name: "runc" }];

/** What the keys mean together. Throws Invalid, naming the key. */
export const settingsOf = (read: Read, host: HostHints = { systemd: existsSync("/run/systemd/system") }): Settings => {
  const get = (key: string): Value | undefined => read.values.get(key) ?? KEYS[key]?.preset;
  const text = (key: string): string => String(get(key) ?? "");
  const list = (key: string): readonly string[] => (get(key) ?? []) as readonly string[];
  const manager = text("troupe.runtime.cgroup_manager") || (host.systemd ? "systemd" : "cgroupfs");
  if (manager !== "cgroupfs" && manager !== "systemd")
    throw new Invalid(`troupe.runtime.cgroup_manager is "${manager}"; it is to be cgroupfs or systemd`);
  const handlers = handlersIn(read);
  const defaultRuntime = text("troupe.runtime.default_runtime");
  if (!handlers.some(({ name }) => name === defaultRuntime))
    throw new Invalid(
      `troupe.runtime.default_runtime is "${defaultRuntime}", which is none of the handlers: ${handlers.map(({ name }) => name).join(", ")}`,
    );
  const network = text("troupe.network.cni_default_network");
  const policy = text("troupe.image.signature_policy");
  const authFile = text("troupe.image.global_auth_file");
  const port = Number(get("troupe.metrics.metrics_port"));
  return {
    root: text("troupe.root"),
    runroot: text("troupe.runroot"),
    killAbandonedExecs: get("troupe.runtime.kill_abandoned_execs") === true,
    logBounds: logBoundsOf(Number(get("troupe.runtime.log_size_max")), text("troupe.runtime.log_when_full")),
    logLevel: levelOf(text("troupe.runtime.log_level")),
    logToJournald: get("troupe.runtime.log_to_journald") === true,
    streaming: streamingOf(text, get("troupe.api.stream_enable_tls") === true),
    containers: containerSettingsOf(get),
    runtimeName: text("troupe.runtime_name"),
    listen: text("troupe.api.listen"),
    defaultRuntime,
    handlers,
    cgroupManager: manager,
    seccompProfile: text("troupe.runtime.seccomp_profile"),
    infraProgram: text("troupe.runtime.infra_program"),
    insecureRegistries: list("troupe.image.insecure_registries"),
    pinnedImages: list("troupe.image.pinned_images"),
    registriesConf: text("troupe.image.registries_conf"),
    ...(authFile ? { globalAuthFile: authFile } : {}),
    ...(policy ? { signaturePolicy: policy } : {}),
    ...shortNameModeOf(text("troupe.image.short_name_mode")),
    networkDir: text("troupe.network.network_dir"),
    pluginDirs: list("troupe.network.plugin_dirs"),
    ...(network ? { defaultNetwork: network } : {}),
    ...(get("troupe.metrics.enable_metrics") ? { metrics: { host: text("troupe.metrics.metrics_host"), port } } : {}),
    warnings: read.warnings,
  };
};

const shortNameModeOf = (word: string): Pick<Settings, "shortNameMode"> => {
  if (word === "") return {};
  if (word === "enforcing" || word === "disabled") return { shortNameMode: word };
  throw new Invalid(`troupe.image.short_name_mode is "${word}"; it is to be enforcing or disabled`);
};

const levelOf = (word: string): LogLevel => {
  const level = logLevelOf(word);
  if (!level) throw new Invalid(`troupe.runtime.log_level is "${word}"; it is to be one of ${LOG_LEVELS.join(", ")}`);
  return level;
};
