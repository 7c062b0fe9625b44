/** What every session is given, of whatever kind and transport. */
import type { StreamingBackend } from "./streaming.ts";

export interface SessionOptions {
  readonly backend: StreamingBackend;
  /** For a client to open the streams that belong together. */
  readonly creationTimeoutMs: number;
  /** A client broke the protocol: one sentence for the log, without secrets. */
  onTrouble(text: string): void;
}
