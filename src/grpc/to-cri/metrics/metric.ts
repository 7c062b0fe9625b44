/**
 * A metric under the name that cAdvisor has for it, so that what people have drawn and alert on goes on to work. CRI knows whole
 * numbers only: seconds lose their fractions.
 */
import type {
  ContainerDetails,
  ContainerFigures,
  ContainerView,
  InterfaceFigures,
  SandboxView,
  WallNs,
} from "../../../vocabulary/index.ts";

export interface Sample {
  readonly value: number;
  /** One for each key that the metric has of its own. */
  readonly labels?: readonly string[];
  /** Absent: it was read now. */
  readonly atNs?: WallNs;
}

export interface MetricOf<Subject> {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  /** Label keys besides those that all metrics have. */
  readonly keys?: readonly string[];
  /** Empty: it could not be read, or there is nothing of it. */
  readonly samples: (subject: Subject) => readonly Sample[];
}

export interface MeasuredContainer {
  readonly view: ContainerView;
  readonly figures: ContainerFigures;
  readonly details: ContainerDetails;
}

export type ContainerMetric = MetricOf<MeasuredContainer>;
export type InterfaceMetric = MetricOf<InterfaceFigures>;

/** What all metrics have first, in this order. */
export const baseKeys = ["container", "id", "image", "name", "namespace", "pod"] as const;

export const labelsOfContainer = (view: ContainerView, sandbox: SandboxView): readonly string[] => {
  const { name, userSpecifiedImage, image } = view.config;
  const { namespace, name: pod } = sandbox.config.metadata;
  return [name, view.id, userSpecifiedImage || image, view.id, namespace, pod];
};

/** What all containers of a pod share goes under the name that the pause container has elsewhere. */
export const labelsOfPod = ({ id, config: { metadata } }: SandboxView): readonly string[] => [
  "POD",
  id,
  "",
  id,
  metadata.namespace,
  metadata.name,
];

/** Of a figure that may be missing. */
export const one = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : [{ value }]);

export const seconds = (ns: number | undefined): readonly Sample[] =>
  ns === undefined ? [] : [{ value: Math.floor(ns / 1e9) }];
