/** A CDI document, of JSON or YAML, as what it changes of containers. */
import { parse } from "yaml";
import { hookStages } from "../spec/runtime-spec.ts";
import type { ContainerEdits } from "./edits.ts";
import { anything, count, list, matching, oneOf, path, shape, text, truth, variable } from "./fields.ts";

export interface CdiDocument {
  /** `vendor.com/class`. */
  readonly kind: string;
  /** For each container that has one of its devices, once. */
  readonly edits: ContainerEdits;
  readonly devices: ReadonlyMap<string, ContainerEdits>;
}

const names = "[A-Za-z0-9]([A-Za-z0-9_.:-]*[A-Za-z0-9])?";
const kinds = "[A-Za-z]([A-Za-z0-9_.-]*[A-Za-z0-9])?/[A-Za-z]([A-Za-z0-9_.-]*[A-Za-z0-9])?";

/** `vendor.com/class=name`. */
export const qualifiedName = new RegExp(`^(?<kind>${kinds})=(?<name>${names})$`);

const containerEdits = shape({
  env: list(variable),
  deviceNodes: list(
    shape(
      {
        path,
        hostPath: path,
        type: oneOf("b", "c", "u", "p", ""),
        major: count,
        minor: count,
        fileMode: count,
        permissions: matching(/^[rwm]{0,3}$/, "some of r, w and m"),
        uid: count,
        gid: count,
      },
      "path",
    ),
  ),
  mounts: list(
    shape({ hostPath: text, containerPath: path, options: list(text), type: text }, "hostPath", "containerPath"),
  ),
  hooks: list(
    shape(
      { hookName: oneOf(...hookStages), path, args: list(text), env: list(variable), timeout: count },
      "hookName",
      "path",
    ),
  ),
  additionalGids: list(count),
  intelRdt: shape({
    closID: matching(/^[^/\n]+$/, "name of a class"),
    l3CacheSchema: text,
    memBwSchema: text,
    schemata: list(text),
    enableMonitoring: truth,
    enableCMT: truth,
    enableMBM: truth,
  }),
  netDevices: anything,
});

const document = shape(
  {
    cdiVersion: matching(/^v?(0\.[1-8]\.\d+|1\.[01]\.\d+)$/, "version of CDI from 0.1.0 to 1.1"),
    kind: matching(new RegExp(`^${kinds}$`), "VENDOR/CLASS"),
    annotations: anything,
    devices: list(
      shape(
        { name: matching(new RegExp(`^${names}$`), "name of a device"), annotations: anything, containerEdits },
        "name",
      ),
    ),
    containerEdits,
  },
  "cdiVersion",
  "kind",
  "devices",
);

/** Throws Error with the reason. */
export const cdiDocument = (content: string, format: "json" | "yaml"): CdiDocument => {
  const value: unknown = format === "json" ? JSON.parse(content) : parse(content);
  const { kind = "", devices = [], containerEdits: edits = {} } = document("it", value);
  const named = devices.map(({ name = "", containerEdits: own = {} }) => [name, editsOf(own)] as const);
  if (new Set(named.map(([name]) => name)).size < named.length) throw new Error("it has a device twice");
  return { kind, edits: editsOf(edits), devices: new Map(named) };
};

const editsOf = (given: ReturnType<typeof containerEdits>): ContainerEdits => {
  // An OCI runtime that does not know them would leave them out in silence.
  if (given.netDevices !== undefined)
    throw new Error("it asks for network devices (netDevices), which Troupe does not move");
  return {
    env: given.env ?? [],
    deviceNodes: (given.deviceNodes ?? []).map(({ path = "", type = "", permissions, ...node }) => ({
      ...node,
      path,
      ...(type !== "" && { type: type === "u" ? "c" : type }),
      permissions: permissions || "rwm",
    })),
    mounts: (given.mounts ?? []).map(({ hostPath = "", containerPath = "", options = [], type }) => ({
      destination: containerPath,
      type: type || "bind",
      source: hostPath,
      options: type || options.some((option) => /^r?bind$/.test(option)) ? options : ["rbind", ...options],
    })),
    hooks: (given.hooks ?? []).map(({ hookName = "createRuntime", path = "", ...hook }) => ({
      stage: hookName,
      hook: { path, ...hook },
    })),
    additionalGids: (given.additionalGids ?? []).filter((gid) => gid !== 0),
    ...(given.intelRdt && { intelRdt: given.intelRdt }),
  };
};
