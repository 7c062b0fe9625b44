/** Calls of the CRI in the log, for whoever asks for that much: each as it ends, with its code and its time. */
import type { CallWatch } from "../grpc/dispatch.ts";
import { isSaid } from "../vocabulary/index.ts";
import type { Report } from "./report.ts";

/** `now` in monotonic milliseconds. */
export const toldCalls =
  (watch: CallWatch, report: Pick<Report, "say" | "level">, now: () => number): CallWatch =>
  (method) => {
    const ended = watch(method);
    if (!isSaid("trace", report.level())) return ended;
    const begun = now();
    return (code) => {
      ended(code);
      const ms = now() - begun;
      report.say("trace", `${method} ended with ${code} (${ms.toFixed(1)} ms)`, { method, code, ms });
    };
  };
