/**
 * What containers and pods use of the node, as read at one moment. What could not be read is absent, and never 0 instead.
 *
 * Counters are plain numbers: beyond 2^53 (104 days of one CPU in nanoseconds) their last digits are rounded, in order.
 */
import type { WallNs } from "./time.ts";

/** Time in which work stood still for want of something (Linux PSI). */
export interface Stall {
  readonly totalNs: number;
  /** Percent of the last 10, 60 and 300 seconds. */
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
}

/** Some of the tasks stood still, or all of them at once. */
export interface Pressure {
  readonly some?: Stall;
  readonly full?: Stall;
}

export interface CpuFigures {
  readonly atNs: WallNs;
  /** Of all CPUs together, since the cgroup was made. */
  readonly usageNs: number;
  /** Billionths of a CPU since an earlier reading; absent at the first. */
  readonly nanoCores?: number;
  readonly pressure?: Pressure;
}

export interface MemoryFigures {
  readonly atNs: WallNs;
  readonly usageBytes: number;
  /** Usage without file pages that were not touched lately: evictions go by it. */
  readonly workingSetBytes: number;
  /** What is left of the limit; absent without one. */
  readonly availableBytes?: number;
  readonly rssBytes: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
  readonly pressure?: Pressure;
}

export interface SwapFigures {
  readonly atNs: WallNs;
  readonly usageBytes: number;
  /** Absent without a limit. */
  readonly availableBytes?: number;
}

export interface IoFigures {
  readonly atNs: WallNs;
  readonly pressure: Pressure;
}

export interface TaskFigures {
  readonly atNs: WallNs;
  /** Processes and threads, as the pids controller counts them. */
  readonly count: number;
}

export interface CgroupFigures {
  readonly cpu?: CpuFigures;
  readonly memory?: MemoryFigures;
  readonly swap?: SwapFigures;
  readonly io?: IoFigures;
  readonly tasks?: TaskFigures;
}

/** Of a writable layer, and of the file system that it is on. */
export interface LayerFigures {
  readonly atNs: WallNs;
  /** A path on that file system. */
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
  readonly limitBytes: number;
  /** 0 where the file system does not count them. */
  readonly inodesTotal: number;
  readonly inodesFree: number;
}

/** One direction of an interface. */
export interface TrafficFigures {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

export interface InterfaceFigures {
  readonly name: string;
  readonly received: TrafficFigures;
  readonly sent: TrafficFigures;
}

export interface NetworkFigures {
  readonly atNs: WallNs;
  /** Without lo. */
  readonly interfaces: readonly InterfaceFigures[];
}

export interface ContainerFigures extends CgroupFigures {
  readonly layer?: LayerFigures;
}

export interface PodFigures extends CgroupFigures {
  /** Absent on the host's network, and when the namespace is gone. */
  readonly network?: NetworkFigures;
}

export interface DeviceFigures {
  /** `/dev/sda`; "" where the kernel has no name for it. */
  readonly name: string;
  readonly major: string;
  readonly minor: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
}

export interface HugePageFigures {
  /** `2MB`. */
  readonly pageSize: string;
  readonly usedBytes: number;
  readonly mostUsedBytes?: number;
}

export interface ProcessFigures {
  readonly processes: number;
  /** Absent where there are too many of them to count, before Linux 6.2. */
  readonly descriptors?: number;
  /** Absent where there are too many descriptors to look at each. */
  readonly sockets?: number;
  /** Soft RLIMIT_NOFILE of the first process; absent: it has none. */
  readonly openFilesLimit?: number;
}

/** What only metrics ask for: it is read anew each time. */
export interface ContainerDetails {
  readonly cpu?: {
    readonly userNs: number;
    readonly systemNs: number;
    /** Absent without the cpu controller. */
    readonly periods?: number;
    readonly throttledPeriods?: number;
    readonly throttledNs?: number;
  };
  readonly memory?: {
    readonly cacheBytes: number;
    readonly mappedBytes: number;
    readonly swapBytes: number;
    readonly kernelBytes?: number;
    readonly mostUsedBytes?: number;
    /** How often the limit was met. */
    readonly limitHits?: number;
    /** Of this cgroup alone; those of `MemoryFigures` have its descendants' in them. */
    readonly ownPageFaults: number;
    readonly ownMajorPageFaults: number;
  };
  readonly devices: readonly DeviceFigures[];
  readonly hugePages: readonly HugePageFigures[];
  readonly processes?: ProcessFigures;
  /** Absent without the pids controller; 0: no limit. */
  readonly tasksLimit?: number;
  readonly oomKills?: number;
}
