/** The figures of this node, from its cgroups, its network namespaces and its disk. */
import { readFileSync } from "node:fs";
import type { CgroupFigures, ContainerId, SandboxId } from "../../vocabulary/index.ts";
import { CgroupGauge, type Clock } from "./cgroup-gauge.ts";
import { directoriesAt, directoriesOfContainer, type CgroupDirectories } from "./cgroup-directories.ts";
import { readDetails } from "./details.ts";
import type { Figures } from "./figures.ts";
import { DescriptorBudget } from "./kept-files.ts";
import { surveyLayers, type Survey } from "./layer-survey.ts";
import { Layers } from "./layers.ts";
import { NetworkCounters } from "./network-counters.ts";

export interface NodeFiguresOptions {
  /** Where writable layers are: `DIR/ID/upper`. */
  readonly layerDir: string;
  readonly clock: Clock;
  /** Descriptors that may stay open; absent: a quarter of what this process may have, and 16,384 at most. */
  readonly descriptors?: number;
  readonly survey?: Survey;
}

const MOST_DESCRIPTORS = 16_384;

/** Whatever the kernel refuses to tell is no figure, and no reason to tell nothing of all others. */
const isOfSystem = (error: unknown): boolean => error instanceof Error && "syscall" in error;

const quarterOfLimit = (): number => {
  const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
  return Math.min(MOST_DESCRIPTORS, Number(soft ?? MOST_DESCRIPTORS) >> 2);
};

export const nodeFigures = (options: NodeFiguresOptions): Figures => {
  const { layerDir, clock, descriptors = quarterOfLimit(), survey = surveyLayers } = options;
  const budget = new DescriptorBudget(descriptors);
  const gauges = new Map<string, CgroupGauge>();
  const networks = new Map<string, NetworkCounters>();
  const layers = new Layers({ dir: layerDir, survey, clock });

  const drop = (id: string): void => {
    gauges.get(id)?.close();
    gauges.delete(id);
  };
  const leave = (id: string): void => {
    networks.get(id)?.close();
    networks.delete(id);
  };

  /** One that is gone is looked for once more: a pod's cgroup may have been made anew. */
  const read = (id: string, find: () => CgroupDirectories | undefined): CgroupFigures => {
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const directories = gauges.get(id)?.directories ?? find();
      if (!directories) return {};
      const gauge = gauges.get(id) ?? new CgroupGauge(directories, budget, clock);
      gauges.set(id, gauge);
      try {
        const figures = gauge.read();
        // Which files are not there is remembered, but of a cgroup that is not there yet nothing is known.
        if (!figures.cpu && !figures.memory) drop(id);
        return figures;
      } catch (error) {
        drop(id);
        if (!isOfSystem(error)) throw error;
      }
    }
    return {};
  };

  return {
    container: (id, pid) => read(id, () => directoriesOfContainer(id, pid)),
    pod: (id, path) => read(id, () => directoriesAt(path)),
    details: (id, pid) => {
      const directories = gauges.get(id)?.directories ?? directoriesOfContainer(id, pid);
      return directories ? readDetails(directories, pid) : { devices: [], hugePages: [] };
    },
    network: (id: SandboxId, pin) => {
      const counters = networks.get(id) ?? new NetworkCounters(pin, budget);
      networks.set(id, counters);
      try {
        const figures = counters.read(clock.wallNs());
        if (!figures) leave(id);
        return figures;
      } catch (error) {
        leave(id);
        if (!isOfSystem(error)) throw error;
        return undefined;
      }
    },
    layer: (id) => layers.of(id),
    layersKnown: (ids) => layers.known(ids),
    forget: (id) => {
      drop(id);
      leave(id);
      layers.forget(id as ContainerId);
    },
    close: () => {
      for (const id of [...gauges.keys(), ...networks.keys()]) {
        drop(id);
        leave(id);
      }
      layers.close();
    },
  };
};
