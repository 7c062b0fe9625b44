/** A tool in flight: a command of an OCI runtime about this daemon's containers, or a CNI plugin. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const PLUGINS = ["bridge", "portmap", "host-local", "loopback"];
const VERBS = ["create", "start", "kill", "delete", "exec", "state"];
const LOOK_FOR_MS = 300;

const words = (pid: number): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // it has ended
  }
};

const toolIn = (runDir: string): { pid: number; name: string } | undefined => {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const argv = words(Number(name));
    const program = argv[0]?.split("/").at(-1) ?? "";
    if (PLUGINS.includes(program)) return { pid: Number(name), name: `CNI plugin ${program}` };
    // A container's init that has not been started still carries its runtime's words; it is no tool.
    const verb = VERBS.find((one) => argv.includes(one));
    if (
      (program === "crun" || program === "runc") &&
      verb &&
      argv.some((word) => word.startsWith(`${runDir}/oci/`)) &&
      !isInit(Number(name))
    )
      return { pid: Number(name), name: `${program} ${verb}` };
  }
  return undefined;
};

/** In a mount namespace of its own: a container's, not the daemon's. */
const isInit = (pid: number): boolean => {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`) !== readlinkSync("/proc/self/ns/mnt");
  } catch {
    return true;
  }
};
/** Kills the first that is seen; its name, or undefined when none came in time. */
export const killTool = async (runDir: string): Promise<string | undefined> => {
  for (const until = performance.now() + LOOK_FOR_MS; performance.now() < until; await pause(1)) {
    const tool = toolIn(runDir);
    if (!tool) continue;
    try {
      process.kill(tool.pid, "SIGKILL");
      return tool.name;
    } catch {
      // It ended in that moment; there may be another.
    }
  }
  return undefined;
};
