/**
 * Settings: /etc/troupe/troupe.toml and what lies beside it in troupe.d/*.toml, tables and keys named as crio.conf(5)
 * names them. Files are read in order, a later one overrides key by key. An unknown key is a warning with "did you mean":
 * a rollback to a version that does not know a key must not brick a node.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { Invalid } from "./errors.ts";
import { logBoundsOf, type LogBounds } from "./settings/log-bounds.ts";
import { streamingOf, type StreamingSettings } from "./settings/streaming.ts";

export interface RuntimeHandler {
  readonly name: string;
  /** Absent: looked for in PATH under the handler's name. */
  readonly path?: string;
}

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
  readonly networkDir: string;
  readonly pluginDirs: readonly string[];
  readonly defaultNetwork?: string;
  /** Absent: no metrics over TCP. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** A streamed command without a terminal is killed when its client goes; else it goes on, as with other runtimes. */
  readonly killAbandonedExecs: boolean;
  /** Of every container's log; absent: no bound of ours, and a container waits while its log's disk is full. */
  readonly logBounds: LogBounds;
  /** Where exec, attach and port-forward are streamed; keys as in crio.conf's `[crio.api]`. */
  readonly streaming: StreamingSettings;
  readonly runtimeName: string;
  /** What the files say that this version does not know, one sentence each. */
  readonly warnings: readonly string[];
}

type Kind = "string" | "number" | "boolean" | "strings";
type Value = string | number | boolean | readonly string[];

/** Every key there is, with its kind and what holds without it. */
const KEYS: Readonly<Record<string, { readonly kind: Kind; readonly preset?: Value }>> = {
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
  "troupe.runtime.log_size_max": { kind: "number", preset: -1 },
  "troupe.runtime.log_when_full": { kind: "string", preset: "block" },
  "troupe.runtime.kill_abandoned_execs": { kind: "boolean", preset: false },
  "troupe.runtime.default_runtime": { kind: "string", preset: "crun" },
  "troupe.runtime.cgroup_manager": { kind: "string" },
  "troupe.runtime.seccomp_profile": { kind: "string", preset: "/usr/share/containers/seccomp.json" },
  "troupe.runtime.infra_program": { kind: "string", preset: "/usr/bin/catatonit" },
  "troupe.image.insecure_registries": { kind: "strings", preset: [] },
  "troupe.image.registries_conf": { kind: "string", preset: "/etc/containers/registries.conf" },
  "troupe.network.network_dir": { kind: "string", preset: "/etc/cni/net.d" },
  "troupe.network.plugin_dirs": { kind: "strings", preset: ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"] },
  "troupe.network.cni_default_network": { kind: "string" },
  "troupe.metrics.enable_metrics": { kind: "boolean", preset: false },
  "troupe.metrics.metrics_host": { kind: "string", preset: "127.0.0.1" },
  "troupe.metrics.metrics_port": { kind: "number", preset: 9090 },
};
const HANDLERS = "troupe.runtime.runtimes";
const HANDLER_KEYS: readonly string[] = ["runtime_path"];

type Table = Readonly<Record<string, unknown>>;
const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Leaves of a TOML document by their full names. */
const flatten = (table: Table, prefix: string): [string, unknown][] =>
  Object.entries(table).flatMap(([key, value]) =>
    isTable(value) ? flatten(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value] as [string, unknown]],
  );

const fits = (kind: Kind, value: unknown): value is Value =>
  kind === "strings" ? Array.isArray(value) && value.every((one) => typeof one === "string") : typeof value === kind;

/** Edits that turn one word into another (Levenshtein), for "did you mean". */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    row = next;
  }
  return row[b.length] ?? 0;
};

const didYouMean = (key: string): string => {
  const [best] = Object.keys(KEYS).toSorted((a, b) => distance(a, key) - distance(b, key));
  return best && distance(best, key) <= Math.max(3, key.length / 4) ? `; did you mean ${best}?` : "";
};

interface Read {
  readonly values: Map<string, Value>;
  readonly handlers: Map<string, RuntimeHandler>;
  readonly warnings: string[];
}

const readHandler = (file: string, key: string, value: unknown, { handlers, warnings }: Read): void => {
  const [name = "", setting = ""] = key.slice(HANDLERS.length + 1).split(/\.(?=[^.]*$)/);
  if (!HANDLER_KEYS.includes(setting))
    warnings.push(`${file}: unknown key ${key} is ignored; handlers know ${HANDLER_KEYS.join(", ")}`);
  else if (typeof value !== "string") throw new Invalid(`${file}: ${key} is to be a string`);
  else handlers.set(name, value === "" ? { name } : { name, path: value });
};

const readFile = (file: string, read: Read): void => {
  let table: Table;
  try {
    table = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Invalid(
      `${file} cannot be read as settings: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  for (const [key, value] of flatten(table, "")) {
    const known = KEYS[key];
    if (key.startsWith(`${HANDLERS}.`)) readHandler(file, key, value, read);
    else if (!known) read.warnings.push(`${file}: unknown key ${key} is ignored${didYouMean(key)}`);
    else if (!fits(known.kind, value))
      throw new Invalid(
        `${file}: ${key} is to be ${known.kind === "strings" ? "a list of strings" : `a ${known.kind}`}`,
      );
    else read.values.set(key, value);
  }
};

const filesOf = (main: string, dropIns: string): string[] => [
  ...(existsSync(main) ? [main] : []),
  ...(existsSync(dropIns)
    ? readdirSync(dropIns)
        .filter((name) => name.endsWith(".toml"))
        .toSorted()
        .map((name) => join(dropIns, name))
    : []),
];

/** `file` absent: /etc/troupe. Throws Invalid, naming file and key, for what cannot be understood. */
export const readSettings = (
  file?: string,
  host: { readonly systemd: boolean } = { systemd: existsSync("/run/systemd/system") },
): Settings => {
  const read: Read = { values: new Map(), handlers: new Map(), warnings: [] };
  if (file !== undefined && !existsSync(file)) throw new Invalid(`there is no settings file ${file}`);
  for (const one of file === undefined ? filesOf("/etc/troupe/troupe.toml", "/etc/troupe/troupe.d") : [file])
    readFile(one, read);
  const get = (key: string): Value | undefined => read.values.get(key) ?? KEYS[key]?.preset;
  const text = (key: string): string => String(get(key) ?? "");
  const list = (key: string): readonly string[] => (get(key) ?? []) as readonly string[];
  const manager = text("troupe.runtime.cgroup_manager") || (host.systemd ? "systemd" : "cgroupfs");
  if (manager !== "cgroupfs" && manager !== "systemd")
    throw new Invalid(`troupe.runtime.cgroup_manager is "${manager}"; it is to be cgroupfs or systemd`);
  const handlers = read.handlers.size > 0 ? [...read.handlers.values()] : [{ name: "crun" }, { name: "runc" }];
  const defaultRuntime = text("troupe.runtime.default_runtime");
  if (!handlers.some(({ name }) => name === defaultRuntime))
    throw new Invalid(
      `troupe.runtime.default_runtime is "${defaultRuntime}", which is none of the handlers: ${handlers.map(({ name }) => name).join(", ")}`,
    );
  const network = text("troupe.network.cni_default_network");
  const port = Number(get("troupe.metrics.metrics_port"));
  return {
    root: text("troupe.root"),
    runroot: text("troupe.runroot"),
    killAbandonedExecs: get("troupe.runtime.kill_abandoned_execs") === true,
    logBounds: logBoundsOf(Number(get("troupe.runtime.log_size_max")), text("troupe.runtime.log_when_full")),
    streaming: streamingOf(text, get("troupe.api.stream_enable_tls") === true),
    runtimeName: text("troupe.runtime_name"),
    listen: text("troupe.api.listen"),
    defaultRuntime,
    handlers,
    cgroupManager: manager,
    seccompProfile: text("troupe.runtime.seccomp_profile"),
    infraProgram: text("troupe.runtime.infra_program"),
    insecureRegistries: list("troupe.image.insecure_registries"),
    registriesConf: text("troupe.image.registries_conf"),
    networkDir: text("troupe.network.network_dir"),
    pluginDirs: list("troupe.network.plugin_dirs"),
    ...(network ? { defaultNetwork: network } : {}),
    ...(get("troupe.metrics.enable_metrics") ? { metrics: { host: text("troupe.metrics.metrics_host"), port } } : {}),
    warnings: read.warnings,
  };
};
