/** The processes of this host, by name. */
import { killGroupOf } from "../drivers/linux/process-group.ts";
import { nameProcess } from "../drivers/linux/process.ts";
import type { Processes } from "./parts.ts";

export const hostProcesses: Processes = {
  lives: ({ pid, startTicks }) => nameProcess(pid)?.startTicks === startTicks,
  killGroup: killGroupOf,
};
