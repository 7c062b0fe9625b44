/** All metrics: how they are described, and the series of one pod. */
import type { InterfaceFigures, SandboxView } from "../../../vocabulary/index.ts";
import type { Draft } from "../../draft.ts";
import { MetricType, type Metric, type MetricDescriptor, type PodSandboxMetrics } from "../../messages/metrics.ts";
import { cpuMetrics } from "./cpu-metrics.ts";
import { diskMetrics } from "./disk-metrics.ts";
import { memoryMetrics } from "./memory-metrics.ts";
import { baseKeys, labelsOfContainer, labelsOfPod, type MeasuredContainer, type MetricOf } from "./metric.ts";
import { networkMetrics } from "./network-metrics.ts";
import { processMetrics, specMetrics } from "./process-metrics.ts";

const containerMetrics = [...cpuMetrics, ...memoryMetrics, ...diskMetrics, ...processMetrics, ...specMetrics];

const types = { counter: MetricType.COUNTER, gauge: MetricType.GAUGE };

/** The same for as long as this program runs: the kubelet asks once. */
export const metricDescriptors: readonly Draft<MetricDescriptor>[] = [...containerMetrics, ...networkMetrics].map(
  ({ name, help, keys = [] }) => ({ name, help, label_keys: [...baseKeys, ...keys] }),
);

/** The labels of a series are those of its descriptor, in their order: else the kubelet drops it. */
const seriesOf = <Subject>(
  metrics: readonly MetricOf<Subject>[],
  subject: Subject,
  base: readonly string[],
): readonly Draft<Metric>[] =>
  metrics.flatMap(({ name, type, samples }) =>
    samples(subject).map(({ value, labels = [], atNs = "0" }) => ({
      name,
      timestamp: atNs,
      metric_type: types[type],
      label_values: [...base, ...labels],
      value: { value: String(value) },
    })),
  );

export const podMetrics = (
  sandbox: SandboxView,
  interfaces: readonly InterfaceFigures[],
  containers: readonly MeasuredContainer[],
): Draft<PodSandboxMetrics> => ({
  pod_sandbox_id: sandbox.id,
  metrics: interfaces.flatMap((each) => seriesOf(networkMetrics, each, labelsOfPod(sandbox))),
  container_metrics: containers.map((measured) => ({
    container_id: measured.view.id,
    metrics: seriesOf(containerMetrics, measured, labelsOfContainer(measured.view, sandbox)),
  })),
});
