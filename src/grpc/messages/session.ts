/** Messages of proto/cri.proto, chapter "session", as contract.ts decodes them: written by scripts/proto/messages.ts. */
import type { Int64 } from "../draft.ts";

export interface ExecSyncRequest {
  readonly container_id: string;
  readonly cmd: readonly string[];
  /** Seconds; 0: no bound. */
  readonly timeout: Int64;
}

/** 16 MiB a message: what goes beyond is cut. */
export interface ExecSyncResponse {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly exit_code: number;
}

export interface ExecRequest {
  readonly container_id: string;
  readonly cmd: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface ExecResponse {
  /** For one connection, within a minute. */
  readonly url: string;
}

export interface AttachRequest {
  readonly container_id: string;
  readonly stdin: boolean;
  /** Must be the container's own setting. */
  readonly tty: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface AttachResponse {
  readonly url: string;
}

export interface PortForwardRequest {
  readonly pod_sandbox_id: string;
  /** Empty: the streams name them. */
  readonly port: readonly number[];
}

export interface PortForwardResponse {
  readonly url: string;
}
