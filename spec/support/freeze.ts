/** A container that is frozen: on v1 it does not even die of SIGKILL before it is thawed. In a test node only. */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Its cgroup is v1's freezer's, or of v2. Thawing one that has ended is fine. */
export const freeze = (id: string, frozen: boolean): void => {
  const v1 = "/sys/fs/cgroup/freezer";
  const root = existsSync(v1) ? v1 : "/sys/fs/cgroup";
  const [cgroup] = execFileSync("find", [root, "-type", "d", "-name", `*${id}*`], { encoding: "utf8" }).split("\n");
  if (!cgroup) {
    if (!frozen) return;
    throw new Error(`container ${id} has no cgroup below ${root}`);
  }
  if (root === v1) writeFileSync(join(cgroup, "freezer.state"), frozen ? "FROZEN" : "THAWED");
  else writeFileSync(join(cgroup, "cgroup.freeze"), frozen ? "1" : "0");
};
