/**
 * The calls about what containers and pods use. Lists have what runs, and leave out what has just gone; each figure is read for the
 * one that asks. Of many a part is read in each turn of the event loop.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { Runtime } from "../../supervisors/runtime.ts";
import type { ContainerView, SandboxView } from "../../vocabulary/index.ts";
import type { Draft } from "../draft.ts";
import { notEmpty } from "../from-cri/field.ts";
import type { PodSandboxMetrics } from "../messages/metrics.ts";
import type {
  ContainerStats,
  ContainerStatsFilter,
  PodSandboxStats,
  PodSandboxStatsFilter,
} from "../messages/stats.ts";
import { containerAttributes, containerUsage, podStats } from "../to-cri/figures.ts";
import { metricDescriptors, podMetrics } from "../to-cri/metrics/catalogue.ts";
import { filteredContainers, filteredSandboxes } from "./filter.ts";
import type { Calls } from "./index.ts";

type FigureCalls = Pick<
  Calls,
  | "ContainerStats"
  | "ListContainerStats"
  | "StreamContainerStats"
  | "PodSandboxStats"
  | "ListPodSandboxStats"
  | "StreamPodSandboxStats"
  | "ListMetricDescriptors"
  | "ListPodSandboxMetrics"
  | "StreamPodSandboxMetrics"
>;

/** How many are read in one turn, and told in one message of a stream: some 5 ms of work. */
const CONTAINERS_AT_ONCE = 50;
const PODS_AT_ONCE = 20;
const METRICS_AT_ONCE = 5;

export const figureCalls = (runtime: Runtime): FigureCalls => {
  const statsOf = (view: ContainerView): Draft<ContainerStats> => ({
    attributes: containerAttributes(view),
    ...containerUsage(runtime.figures.container(view)),
  });
  /** Empty: it has gone meanwhile. */
  const runningStats = (view: ContainerView): readonly Draft<ContainerStats>[] => {
    const stats = statsOf(view);
    return stats.cpu || stats.memory ? [stats] : [];
  };
  const running = (filter: ContainerStatsFilter | null): readonly ContainerView[] =>
    filteredContainers(runtime.containers(), filter && { ...filter, state: null }).filter(isRunning);
  const ready = (filter: PodSandboxStatsFilter | null): readonly SandboxView[] =>
    filteredSandboxes(runtime.sandboxes(), filter && { ...filter, state: null }).filter((view) => view.ready);
  /** By their sandboxes: looked up once for a list. */
  const runningBySandbox = (): ContainersOf => {
    const groups = Map.groupBy(runtime.containers().filter(isRunning), ({ sandboxId }) => sandboxId);
    return ({ id }) => groups.get(id) ?? [];
  };

  const podStatsBy =
    (containersOf: ContainersOf) =>
    (view: SandboxView): Draft<PodSandboxStats> =>
      podStats(view, runtime.figures.pod(view), containersOf(view).flatMap(runningStats));
  const podMetricsBy =
    (containersOf: ContainersOf) =>
    (sandbox: SandboxView): Draft<PodSandboxMetrics> => {
      const containers = containersOf(sandbox).flatMap((view) => {
        const figures = runtime.figures.container(view);
        return figures.cpu ? [{ view, figures, details: runtime.figures.details(view) }] : [];
      });
      return podMetrics(sandbox, runtime.figures.pod(sandbox).network?.interfaces ?? [], containers);
    };

  /** What runs may be something else by then: whoever waits for this looks at the books again. */
  const layersOfPods = (pods: readonly SandboxView[]): Promise<void> =>
    runtime.figures.layersKnown(pods.flatMap(runningBySandbox()));

  return {
    ContainerStats: async ({ container_id }) => {
      const id = notEmpty("container_id", container_id);
      await runtime.figures.layersKnown([runtime.container(id)]);
      return { stats: statsOf(runtime.container(id)) };
    },
    ListContainerStats: async ({ filter }) => {
      await runtime.figures.layersKnown(running(filter));
      return { stats: await inTurns(running(filter), CONTAINERS_AT_ONCE, runningStats) };
    },
    *StreamContainerStats({ filter }) {
      for (const views of parts(running(filter), CONTAINERS_AT_ONCE))
        yield { container_stats: views.flatMap(runningStats) };
    },
    PodSandboxStats: async ({ pod_sandbox_id }) => {
      const id = notEmpty("pod_sandbox_id", pod_sandbox_id);
      await layersOfPods([runtime.sandbox(id)]);
      return { stats: podStatsBy(runningBySandbox())(runtime.sandbox(id)) };
    },
    ListPodSandboxStats: async ({ filter }) => {
      await layersOfPods(ready(filter));
      const read = podStatsBy(runningBySandbox());
      return { stats: await inTurns(ready(filter), PODS_AT_ONCE, (view) => [read(view)]) };
    },
    *StreamPodSandboxStats({ filter }) {
      const read = podStatsBy(runningBySandbox());
      for (const views of parts(ready(filter), PODS_AT_ONCE)) yield { pod_sandbox_stats: views.map(read) };
    },
    ListMetricDescriptors: () => ({ descriptors: metricDescriptors }),
    ListPodSandboxMetrics: async () => {
      await layersOfPods(ready(null));
      const read = podMetricsBy(runningBySandbox());
      return { pod_metrics: await inTurns(ready(null), METRICS_AT_ONCE, (view) => [read(view)]) };
    },
    *StreamPodSandboxMetrics() {
      const read = podMetricsBy(runningBySandbox());
      for (const views of parts(ready(null), METRICS_AT_ONCE)) yield { pod_sandbox_metrics: views.map(read) };
    },
  };
};

type ContainersOf = (sandbox: SandboxView) => readonly ContainerView[];

const isRunning = ({ state }: ContainerView): boolean => state === "running";

const parts = function* <View>(views: readonly View[], atOnce: number): Generator<readonly View[], void> {
  for (let at = 0; at < views.length; at += atOnce) yield views.slice(at, at + atOnce);
};

const inTurns = async <View, Item>(
  views: readonly View[],
  atOnce: number,
  read: (view: View) => readonly Item[],
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  for (const part of parts(views, atOnce)) {
    if (items.length > 0) await turn();
    items.push(...part.flatMap(read));
  }
  return items;
};
