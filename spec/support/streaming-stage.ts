/** A streaming server on loopback before a back-end that a spec scripts. */
import { text } from "node:stream/consumers";
import { NotFound } from "../../src/errors.ts";
import { streamingServer, type StreamingServerOptions } from "../../src/drivers/streaming/server.ts";
import type {
  AttachStreamRequest,
  ExecStreamRequest,
  StreamingBackend,
  StreamingServer,
} from "../../src/drivers/streaming/streaming.ts";
import type { ContainerId, SandboxId } from "../../src/vocabulary/index.ts";

export const containerId = "c1" as ContainerId;
export const sandboxId = "s1" as SandboxId;

const streams = { containerId, tty: false, stdin: false, stdout: true, stderr: true };

export const execOf = (request: Partial<ExecStreamRequest> = {}): ExecStreamRequest => ({
  ...streams,
  cmd: ["true"],
  ...request,
});

export const attachTo = (request: Partial<AttachStreamRequest> = {}): AttachStreamRequest => ({
  ...streams,
  ...request,
});

/** What a command does that copies its stdin to its stdout. */
export const cat: StreamingBackend["exec"] = async (_request, { stdin, stdout, stderr }) => {
  if (!stdin || !stdout) return { exitCode: 1 };
  stderr?.write("reading\n");
  stdin.pipe(stdout, { end: false });
  await new Promise((resolve) => stdin.once("end", resolve));
  return { exitCode: 0 };
};

/** Answers with what it was told on stdin, once that has ended. */
export const wordsOf = async (stdin: NodeJS.ReadableStream | undefined): Promise<string> => (stdin ? text(stdin) : "");

export interface Stage {
  readonly server: StreamingServer;
  readonly backend: StreamingBackend;
  /** What the server had to complain of. */
  readonly troubles: string[];
}

const nothing: StreamingBackend = {
  exec: () => Promise.reject(new NotFound("container", containerId)),
  attach: () => Promise.reject(new NotFound("container", containerId)),
  connect: () => Promise.reject(new NotFound("sandbox", sandboxId)),
};

const settings = { streamAddress: "127.0.0.1", streamPort: 0, streamIdleTimeoutMs: 0 };

export const stage = async (
  backend: Partial<StreamingBackend>,
  {
    settings: changed,
    ...options
  }: Partial<Omit<StreamingServerOptions, "settings">> & {
    settings?: Partial<StreamingServerOptions["settings"]>;
  } = {},
): Promise<Stage> => {
  const troubles: string[] = [];
  const whole = { ...nothing, ...backend };
  const server = await streamingServer({
    backend: whole,
    onTrouble: (trouble) => void troubles.push(trouble),
    ...options,
    settings: { ...settings, ...changed },
  });
  return { server, backend: whole, troubles };
};
