/** The machine that figures were taken on. */
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";

export const machineOf = (): readonly string[] => {
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown system";
  const hierarchy = readFileSync("/proc/self/mounts", "utf8").includes(" cgroup ") ? "cgroup v1" : "cgroup v2";
  return [
    `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `${system}, Linux ${release()}, ${hierarchy}; state and images of all systems on tmpfs`,
    `load before: ${loadavg()
      .map((load) => load.toFixed(2))
      .join(", ")}`,
  ];
};
