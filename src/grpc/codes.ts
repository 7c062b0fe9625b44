/** Troupe's errors as gRPC statuses: the one table. */
import { TroupeError, type ErrorCode } from "../errors.ts";

/** gRPC's status codes by the names of its specification, each at the place of its number. */
const codeNames = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

export type CodeName = (typeof codeNames)[number];

// Failed is UNKNOWN, as a bare error is in Go's runtimes: the kubelet looks for reasons in the text of that code only.
const codeOf: Readonly<Record<ErrorCode, CodeName>> = {
  NotFound: "NOT_FOUND",
  AlreadyExists: "ALREADY_EXISTS",
  NotAllowed: "FAILED_PRECONDITION",
  Invalid: "INVALID_ARGUMENT",
  Unavailable: "UNAVAILABLE",
  Exhausted: "RESOURCE_EXHAUSTED",
  Overdue: "DEADLINE_EXCEEDED",
  Cancelled: "CANCELLED",
  Unimplemented: "UNIMPLEMENTED",
  Failed: "UNKNOWN",
};

export interface Status {
  readonly code: CodeName;
  readonly details: string;
  /** The error is none of ours: a mistake in Troupe, to be logged with its stack. */
  readonly defect: boolean;
}

export const statusOf = (error: unknown): Status =>
  error instanceof TroupeError
    ? { code: codeOf[error.code], details: cut(error.message), defect: false }
    : { code: "INTERNAL", details: cut(error instanceof Error ? error.message : String(error)), defect: true };

export const codeNumber = (name: CodeName): number => codeNames.indexOf(name);

/** The name of a code that came over the wire. */
export const codeName = (code: number): CodeName => codeNames[code] ?? "UNKNOWN";

// The text travels in an HTTP/2 header, escaped to at most nine bytes a character, and Node refuses headers over 64 KiB.
const maxDetails = 4096;

// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u001f]/g;

// Well-formed, because it is escaped by encodeURIComponent, which throws at half a character. One line without a NUL, for whoever
// logs it: a tool's words may quote what a client has said.
const cut = (text: string): string =>
  (text.length <= maxDetails ? text : `${text.slice(0, maxDetails)}… (${text.length} characters in all)`)
    .toWellFormed()
    .replace(controls, (character) => JSON.stringify(character).slice(1, -1));
