/** The host's cgroup layout, and paths in it. v2 is the main case; v1 is supported as far as test hosts need it. */

export type CgroupLayout = "v2" | "v1" | "hybrid";
export type CgroupDriver = "cgroupfs" | "systemd";

/** What this host's cgroups can do, read once at start (`layout.ts`). */
export interface CgroupFacts {
  readonly layout: CgroupLayout;
  /** Absolute directories in which hierarchies are mounted: one on v2. */
  readonly hierarchies: readonly string[];
  /** Controllers that can limit a container: `memory`, `cpu`, `hugetlb` … */
  readonly controllers: ReadonlySet<string>;
  /** Controllers left on the v2 half of a hybrid layout; empty elsewhere. */
  readonly hybridControllers: readonly string[];
  /** The kernel accounts for swap, so that a swap limit can be set. */
  readonly swap: boolean;
}

/** What the kernel says of a container's cgroup now. */
export interface InForce {
  readonly memoryBytes?: number;
  /** Lists as the kernel writes them, `0-3,7`. */
  readonly cpus?: string;
  readonly mems?: string;
}

export interface Cgroups {
  readonly layout: CgroupLayout;
  readonly driver: CgroupDriver;
  readonly facts: CgroupFacts;
  /** runtime-spec cgroupsPath of a container. Throws Invalid where the parent's form does not fit the driver. */
  cgroupsPath(parent: string, id: string): string;
  /** Nothing of what the host does not count, or of a cgroup that is not there. */
  inForce(cgroupsPath: string): InForce;
  /**
   * Kills what is left in the container's cgroup and removes its directories in every hierarchy; nothing there is fine.
   * Throws Unavailable, naming what holds it, when that takes more than a second.
   */
  remove(cgroupsPath: string): Promise<void>;
  /** Removes a parent that Troupe made itself ("": the one of containers without a parent), if it is empty. */
  removeParent(parent: string): Promise<void>;
}
