/** `log_size_max` and `log_when_full`: what bounds the log of a container. */
import { Invalid } from "../errors.ts";

export interface LogBounds {
  readonly maxBytes?: number;
  readonly whenFull?: "block" | "drop";
}

/** A smaller one would be begun anew with every few lines. */
const LEAST_LOG_BYTES = 8192;

export const logBoundsOf = (maxBytes: number, whenFull: string): LogBounds => {
  if (whenFull !== "block" && whenFull !== "drop")
    throw new Invalid(`troupe.runtime.log_when_full is "${whenFull}"; it is to be block or drop`);
  if (!Number.isInteger(maxBytes) || (maxBytes >= 0 && maxBytes < LEAST_LOG_BYTES))
    throw new Invalid(
      `troupe.runtime.log_size_max is ${maxBytes}; it is to be ${LEAST_LOG_BYTES} or more, or negative for no bound`,
    );
  return { ...(maxBytes >= 0 ? { maxBytes } : {}), whenFull };
};
