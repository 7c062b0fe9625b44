/** Processes of a simulated node, by name. */
import type { Processes } from "../../composition/parts.ts";
import type { Node } from "./node.ts";

const SIGKILL = 9;

export const simulatedProcesses = ({ kernel }: Node): Processes => ({
  // A zombie is there until its parent has reaped it.
  lives: (name) => kernel.find(name)?.reaped === false,
  killGroup(name) {
    const process = kernel.find(name);
    if (process) kernel.signal(process, SIGKILL);
  },
});
