/**
 * What the error stream says at a session's end, by the version of the protocol: from v4 on one `v1.Status` as JSON, before
 * that plain text, and nothing of success.
 */
import { toFailure } from "../../errors.ts";

/** How an exec or attach ended. */
export type Outcome =
  | { readonly kind: "ended" }
  | { readonly kind: "exited"; readonly exitCode: number }
  /** `text` is a whole sentence for the client. */
  | { readonly kind: "failed"; readonly text: string };

export const failedOutcome = (attempted: string, error: unknown): Outcome => ({
  kind: "failed",
  text: `${attempted}: ${toFailure(error).text}`,
});

const nonZero = (exitCode: number): string =>
  `command terminated with non-zero exit code: the command ended with exit code ${exitCode}`;

const internalError = (text: string): string => `Internal error occurred: ${text}`;

/** For v4 and later. Clients read the exit code as 8 unsigned bits, from the cause of the type `ExitCode`. */
export const statusDocument = (outcome: Outcome): string => {
  switch (outcome.kind) {
    case "ended":
      return JSON.stringify({ metadata: {}, status: "Success" });
    case "exited":
      if (outcome.exitCode === 0) return statusDocument({ kind: "ended" });
      return JSON.stringify({
        metadata: {},
        status: "Failure",
        message: nonZero(outcome.exitCode),
        reason: "NonZeroExitCode",
        details: { causes: [{ reason: "ExitCode", message: String(outcome.exitCode) }] },
      });
    case "failed":
      return JSON.stringify({
        metadata: {},
        status: "Failure",
        message: internalError(outcome.text),
        reason: "InternalError",
        code: 500,
      });
  }
};

/** Before v4; empty for success. */
export const statusText = (outcome: Outcome): string => {
  switch (outcome.kind) {
    case "ended":
      return "";
    case "exited":
      return outcome.exitCode === 0 ? "" : nonZero(outcome.exitCode);
    case "failed":
      return internalError(outcome.text);
  }
};
