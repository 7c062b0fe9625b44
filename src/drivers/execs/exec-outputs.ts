/**
 * The output of execs: a pair of FIFOs each, read by the daemon until every process that holds them has let go.
 *
 * The monitor opens them to write for the command, so nothing hops through it. What is read of each stream is kept up to a
 * bound, so that neither takes the other's room; the rest is read and counted, for a full pipe would stop the command.
 */
import { mkdirSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { NotFound } from "../../errors.ts";
import type { Owner } from "../../vocabulary/index.ts";
import { makeFifo, openToRead } from "../linux/fifo.ts";
import { endedOr } from "./ended-or.ts";

/** Of each stream: as much as clients accept in one message. */
const MOST_BYTES = 16 * 1024 * 1024;

export interface Output {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Bytes that came after what was kept, of both streams together; absent: none. */
  readonly dropped?: number;
}

export interface ExecOutputs {
  /** Makes the FIFOs, for `owner`, and opens them: what is written from now on is kept by the kernel or here. */
  open(execId: string, owner?: Owner): { readonly stdout: string; readonly stderr: string };
  /** Begins to read: once the command holds the other ends, so that their closing is the end. */
  read(execId: string): void;
  /** Resolves at the end of both streams; or after `boundMs`, when a child that outlived the command still holds them. */
  ended(execId: string, boundMs: number): Promise<void>;
  take(execId: string): Output;
  /** Closes and deletes; unknown ids are fine. */
  remove(execId: string): void;
  /** Deletes what execs of an earlier daemon left. */
  clear(): void;
}

interface Stream {
  readonly fd: number;
  readonly chunks: Buffer[];
  socket: Socket | undefined;
  ended: Promise<void>;
  kept: number;
  dropped: number;
}
interface Exec {
  readonly streams: readonly [Stream, Stream];
}

export const execOutputs = ({ dir }: { readonly dir: string }): ExecOutputs => {
  const execs = new Map<string, Exec>();

  const known = (execId: string): Exec => {
    const exec = execs.get(execId);
    if (!exec) throw new NotFound("exec", execId);
    return exec;
  };

  const readStream = (stream: Stream): void => {
    const socket = new Socket({ fd: stream.fd, readable: true, writable: false });
    stream.socket = socket;
    stream.ended = new Promise((resolve) => {
      socket.once("close", () => resolve());
      socket.on("error", () => socket.destroy());
    });
    socket.on("data", (chunk: Buffer) => {
      const fits = chunk.subarray(0, MOST_BYTES - stream.kept);
      stream.kept += fits.length;
      stream.dropped += chunk.length - fits.length;
      if (fits.length > 0) stream.chunks.push(fits);
    });
  };

  return {
    open(execId, owner) {
      const place = join(dir, execId);
      mkdirSync(place, { recursive: true, mode: 0o700 });
      const paths = { stdout: join(place, "stdout"), stderr: join(place, "stderr") };
      const open = (path: string): Stream => {
        makeFifo(path, owner);
        const fd = openToRead(path);
        return { fd, chunks: [], socket: undefined, ended: Promise.resolve(), kept: 0, dropped: 0 };
      };
      execs.set(execId, { streams: [open(paths.stdout), open(paths.stderr)] });
      return paths;
    },

    read(execId) {
      const exec = known(execId);
      for (const stream of exec.streams) readStream(stream);
    },

    async ended(execId, boundMs) {
      const { streams } = known(execId);
      await endedOr(Promise.all(streams.map(({ ended }) => ended)), boundMs);
    },

    take(execId) {
      const [stdout, stderr] = known(execId).streams;
      const dropped = stdout.dropped + stderr.dropped;
      return { stdout: Buffer.concat(stdout.chunks), stderr: Buffer.concat(stderr.chunks), dropped };
    },

    remove(execId) {
      for (const { socket, fd } of execs.get(execId)?.streams ?? [])
        (socket ?? new Socket({ fd, readable: true, writable: false })).destroy();
      execs.delete(execId);
      rmSync(join(dir, execId), { recursive: true, force: true });
    },

    clear() {
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
