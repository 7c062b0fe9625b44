/**
 * Everything Troupe refuses or fails at, as a closed set. `grpc/codes.ts` alone turns these into gRPC codes.
 *
 * Texts are lower case without a full stop, and say what, which object, why and, where someone can act, what next.
 */

export type ErrorCode =
  | "NotFound"
  | "AlreadyExists"
  | "NotAllowed"
  | "Invalid"
  | "Unavailable"
  | "Exhausted"
  | "Overdue"
  | "Cancelled"
  | "Unimplemented"
  | "Failed";

/** What is left of an error where only JSON may travel: in events, contexts and records. */
export interface Failure {
  readonly code: ErrorCode;
  readonly text: string;
}

export class TroupeError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause });
    this.name = code;
    this.code = code;
  }
}

/** Of a client's words in ours; an image's whole name with its digest fits. */
const longestName = 400;

/** A client's value as it may stand in a text: quoted, its control characters escaped, and cut where it is longer than `most`. */
export const quoted = (value: unknown, most = longestName): string => {
  // A text of a megabyte is cut before it is escaped.
  const text = JSON.stringify(typeof value === "string" ? value.slice(0, most + 1).toWellFormed() : value);
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()}…`;
};

/** No such object. */
export class NotFound extends TroupeError {
  constructor(kind: string, id: string) {
    super("NotFound", `${kind} ${quoted(id)} is not known to this runtime`);
  }
}

/** Another object holds this place; `text` names both. */
export class AlreadyExists extends TroupeError {
  constructor(text: string) {
    super("AlreadyExists", text);
  }
}

/** The object is in a state that does not take this request. */
export class NotAllowed extends TroupeError {
  constructor(text: string) {
    super("NotAllowed", text);
  }
}

/** The request itself can never work. */
export class Invalid extends TroupeError {
  constructor(text: string, cause?: unknown) {
    super("Invalid", text, cause);
  }
}

/** Something this needs is not there now and may be later. */
export class Unavailable extends TroupeError {
  constructor(text: string, cause?: unknown) {
    super("Unavailable", text, cause);
  }
}

/** A bound was reached; `text` names the bound. */
export class Exhausted extends TroupeError {
  constructor(text: string) {
    super("Exhausted", text);
  }
}

/** Time ran out; `text` says what was awaited, since when and until when. */
export class Overdue extends TroupeError {
  constructor(text: string, cause?: unknown) {
    super("Overdue", text, cause);
  }
}

/** The work was called off on purpose. */
export class Cancelled extends TroupeError {
  constructor(text: string) {
    super("Cancelled", text);
  }
}

/** Part of the contract that Troupe does not do yet. */
export class Unimplemented extends TroupeError {
  constructor(text: string) {
    super("Unimplemented", text);
  }
}

/** The world said no: a program failed, a disk refused. `cause` has the first-hand error. */
export class Failed extends TroupeError {
  constructor(text: string, cause?: unknown) {
    super("Failed", text, cause);
  }
}

/** Node's and our own errors of system calls that found a disk without room. */
const wasFull = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");

/** Any thrown value as data. Errors that are not ours keep their message and count as `Failed`, or `Exhausted` for a full disk. */
export const toFailure = (error: unknown): Failure => {
  if (error instanceof TroupeError) return { code: error.code, text: error.message };
  return {
    code: wasFull(error) ? "Exhausted" : "Failed",
    text: error instanceof Error ? error.message : String(error),
  };
};

/** What was attempted, in `text`, with what the kernel or a disk said to it: Failed, or Exhausted for a full disk. */
export const failedBy = (text: string, cause: unknown): TroupeError => {
  const { code, text: why } = toFailure(cause);
  return new TroupeError(code, `${text}: ${why}`, cause);
};

/** A failure that travelled as data, as an error again. */
export const fromFailure = ({ code, text }: Failure): TroupeError => new TroupeError(code, text);
