/**
 * Whether the default OCI runtime's program is still there, for RuntimeReady: an upgrade that goes wrong takes it away under a
 * daemon that runs. Looked at beside each question, for a disk may hang: an answer tells of the look before.
 */
import { access, constants } from "node:fs/promises";
import type { Condition } from "./monitor-condition.ts";

const fine: Condition = { ok: true, reason: "", message: "" };

/** `look` rejects where `path` is no program. */
export const programCondition = (
  handler: string,
  path: string,
  look: (path: string) => Promise<void> = (file) => access(file, constants.X_OK),
): (() => Condition) => {
  let condition = fine;
  let isLooking = false;
  const settle = (now: Condition): void => {
    condition = now;
    isLooking = false;
  };
  const lost = (error: unknown): Condition => ({
    ok: false,
    reason: "DefaultRuntimeUnusable",
    message: `${handler}: ${path} cannot be run any more: ${String(error)}`,
  });
  return () => {
    if (!isLooking) {
      isLooking = true;
      look(path).then(
        () => settle(fine),
        (error: unknown) => settle(lost(error)),
      );
    }
    return condition;
  };
};
