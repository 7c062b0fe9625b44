/** How a container ended, in the numbers and words that CRI has for it. */
import type { ContainerView } from "../../vocabulary/index.ts";

export interface CriEnd {
  readonly exit_code: number;
  readonly reason: string;
  readonly message: string;
}

// CRI has no word for "nobody could tell": 255 and Unknown are what kubelets are used to. Only here.
const lost = 255;
// What containers that never ran are given, by convention of the runtimes before this one.
const notStarted = 128;

/** Zero and empty while it lives. An end that nobody saw is never 0. */
export const end = (view: ContainerView): CriEnd => {
  const { exit, reason, message, state } = view;
  if (state === "created" || state === "running") return { exit_code: 0, reason, message };
  if (exit && "unknown" in exit)
    return {
      exit_code: lost,
      reason: "Unknown",
      message: message || `nobody could tell how it ended: ${exit.unknown}`,
    };
  if (!exit || state === "unknown")
    return reason === "StartError"
      ? { exit_code: notStarted, reason, message }
      : { exit_code: lost, reason: "Unknown", message };
  // Shells' convention for signals, which CRI follows.
  const exit_code = "code" in exit ? exit.code : 128 + exit.signal;
  if (exit.oomKilled) return { exit_code, reason: "OOMKilled", message };
  return { exit_code, reason: reason || (exit_code === 0 ? "Completed" : "Error"), message };
};
