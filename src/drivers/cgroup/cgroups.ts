/** The host's cgroup layout, and paths in it. v2 is the main case; v1 is supported as far as test hosts need it. */

export type CgroupLayout = "v2" | "v1" | "hybrid";
export type CgroupDriver = "cgroupfs" | "systemd";

export interface Cgroups {
  readonly layout: CgroupLayout;
  readonly driver: CgroupDriver;
  /** runtime-spec cgroupsPath of a container. Throws Invalid where the parent's form does not fit the driver. */
  cgroupsPath(parent: string, id: string): string;
  /** Kills what is left in the container's cgroup and removes its directories in every hierarchy; nothing there is fine. */
  remove(cgroupsPath: string): Promise<void>;
  /** Removes a parent that Troupe made itself, if it is empty. */
  removeParent(parent: string): Promise<void>;
}
