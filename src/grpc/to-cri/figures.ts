/** Figures as the kubelet hears of them. What could not be read is left out: 0 would be a figure. */
import type {
  CgroupFigures,
  ContainerFigures,
  ContainerView,
  InterfaceFigures,
  NetworkFigures,
  PodFigures,
  Pressure,
  SandboxView,
  Stall,
} from "../../vocabulary/index.ts";
import type { Draft } from "../draft.ts";
import type { UInt64Value } from "../messages/security.ts";
import type {
  ContainerAttributes,
  ContainerStats,
  CpuUsage,
  IoUsage,
  MemoryUsage,
  NetworkInterfaceUsage,
  NetworkUsage,
  PodSandboxAttributes,
  PodSandboxStats,
  PsiData,
  PsiStats,
  SwapUsage,
} from "../messages/stats.ts";
import { filesystem } from "./image.ts";

/** The interface that CNI gives a pod first. */
const DEFAULT_INTERFACE = "eth0";

export const containerAttributes = ({ id, config }: ContainerView): Draft<ContainerAttributes> => ({
  id,
  metadata: { name: config.name, attempt: config.attempt },
  labels: config.labels,
  annotations: config.annotations,
});

/** Without its attributes, which are the same each time. */
export const containerUsage = ({ layer, ...figures }: ContainerFigures): Draft<ContainerStats> => ({
  ...cgroupUsage(figures),
  writable_layer: layer && filesystem(layer),
  swap: figures.swap && swapUsage(figures.swap),
});

const podAttributes = ({ id, config }: SandboxView): Draft<PodSandboxAttributes> => ({
  id,
  metadata: config.metadata,
  labels: config.labels,
  annotations: config.annotations,
});

/** `linux` is always there: the kubelet reads on without looking. */
export const podStats = (
  view: SandboxView,
  figures: PodFigures,
  containers: readonly Draft<ContainerStats>[],
): Draft<PodSandboxStats> => ({
  attributes: podAttributes(view),
  linux: {
    ...cgroupUsage(figures),
    network: figures.network && networkUsage(figures.network),
    process: figures.tasks && { timestamp: figures.tasks.atNs, process_count: value(figures.tasks.count) },
    containers,
  },
});

interface CgroupUsage {
  readonly cpu?: Draft<CpuUsage> | undefined;
  readonly memory?: Draft<MemoryUsage> | undefined;
  readonly io?: Draft<IoUsage> | undefined;
}

const cgroupUsage = ({ cpu, memory, io }: CgroupFigures): CgroupUsage => ({
  cpu: cpu && {
    timestamp: cpu.atNs,
    usage_core_nano_seconds: value(cpu.usageNs),
    usage_nano_cores: optional(cpu.nanoCores),
    psi: psi(cpu.pressure),
  },
  memory: memory && {
    timestamp: memory.atNs,
    working_set_bytes: value(memory.workingSetBytes),
    available_bytes: optional(memory.availableBytes),
    usage_bytes: value(memory.usageBytes),
    rss_bytes: value(memory.rssBytes),
    page_faults: value(memory.pageFaults),
    major_page_faults: value(memory.majorPageFaults),
    psi: psi(memory.pressure),
  },
  io: io && { timestamp: io.atNs, psi: psi(io.pressure) },
});

const swapUsage = ({ atNs, usageBytes, availableBytes }: NonNullable<CgroupFigures["swap"]>): Draft<SwapUsage> => ({
  timestamp: atNs,
  swap_available_bytes: optional(availableBytes),
  swap_usage_bytes: value(usageBytes),
});

const psi = (pressure: Pressure | undefined): Draft<PsiStats> | undefined =>
  pressure && { Full: pressure.full && stall(pressure.full), Some: pressure.some && stall(pressure.some) };

const stall = ({ totalNs, avg10, avg60, avg300 }: Stall): Draft<PsiData> => ({
  Total: String(totalNs),
  Avg10: avg10,
  Avg60: avg60,
  Avg300: avg300,
});

const networkUsage = ({ atNs, interfaces }: NetworkFigures): Draft<NetworkUsage> => {
  const first = interfaces.find(({ name }) => name === DEFAULT_INTERFACE);
  return {
    timestamp: atNs,
    default_interface: first && interfaceUsage(first),
    interfaces: interfaces.filter((each) => each !== first).map(interfaceUsage),
  };
};

const interfaceUsage = ({ name, received, sent }: InterfaceFigures): Draft<NetworkInterfaceUsage> => ({
  name,
  rx_bytes: value(received.bytes),
  rx_errors: value(received.errors),
  tx_bytes: value(sent.bytes),
  tx_errors: value(sent.errors),
});

const value = (count: number): Draft<UInt64Value> => ({ value: String(count) });
const optional = (count: number | undefined): Draft<UInt64Value> | undefined =>
  count === undefined ? undefined : value(count);
