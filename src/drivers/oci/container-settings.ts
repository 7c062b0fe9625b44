/** What the operator decides for the containers of this node; without a word of theirs, CRI-O's defaults. */
import type { Device } from "../../vocabulary/index.ts";
import { defaultCapabilities } from "./spec/capabilities.ts";
import { defaultLimits } from "./spec/limits.ts";
import type { SpecSettings } from "./spec/spec.ts";

/** Of one runtime handler. */
export interface HandlerRules {
  readonly privilegedWithoutHostDevices?: boolean;
  /** Annotations of pods that are obeyed, each a name or the beginning of some; absent: none. */
  readonly allowedAnnotations?: readonly string[];
}

export interface ContainerSettings extends SpecSettings {
  /** Given to every container, unless its pod has something else at the same path. */
  readonly additionalDevices: readonly Device[];
  /** Paths on the host of what a pod may ask for by annotation. */
  readonly allowedDevices: readonly string[];
  /** Nodes belong to the user and group that the pod names, if they are not root, and not to the host's owners. */
  readonly deviceOwnership: boolean;
  readonly cdiSpecDirs: readonly string[];
  readonly hooksDirs: readonly string[];
  /** The first one that mounts something at a path counts. */
  readonly mountsFiles: readonly string[];
  /** Mount sources that are not made where they are missing. */
  readonly absentMountSourcesToReject: readonly string[];
  readonly handlers: ReadonlyMap<string, HandlerRules>;
}

export const defaultSettings: ContainerSettings = {
  defaultCapabilities,
  limits: defaultLimits,
  pidsLimit: 0,
  apparmorProfile: "",
  env: [],
  additionalDevices: [],
  allowedDevices: [],
  deviceOwnership: false,
  cdiSpecDirs: [],
  hooksDirs: [],
  mountsFiles: [],
  absentMountSourcesToReject: [],
  handlers: new Map(),
};
