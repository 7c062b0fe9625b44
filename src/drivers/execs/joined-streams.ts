/**
 * Streams of commands and containers, joined with those of the clients before them. Nothing hops through the monitor: the
 * daemon makes FIFOs that the monitor opens for a command, or listens where an OCI runtime hands over its terminal.
 *
 *   open ─▶ (the command begins) ─▶ join ─▶ (it ends) ─▶ delivered ─▶ remove
 */
import { closeSync, constants, mkdirSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { join as pathOf } from "node:path";
import type { Duplex } from "node:stream";
import { Failed, NotFound } from "../../errors.ts";
import type { Owner } from "../../vocabulary/index.ts";
import { ConsoleSocket } from "../linux/console-socket.ts";
import { widenPipe } from "../linux/descriptor.ts";
import { makeFifo, openForContainer, openToRead } from "../linux/fifo.ts";
import { isErrno } from "../linux/libc.ts";
import type { Readiness } from "../linux/poll.ts";
import { resizeTerminal } from "../linux/terminal.ts";
import { TerminalStream } from "../linux/terminal-stream.ts";
import type { ClientStreams } from "./client-streams.ts";
import { Output } from "./output.ts";

/** As much as the kernel gives to whoever is not its administrator. */
const PIPE_BYTES = 1 << 20;

export interface Wanted {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  /** The OCI runtime will hand a terminal over, which is the stdin too. */
  readonly console?: boolean;
  /** Whose its FIFOs are; absent: root's. */
  readonly owner?: Owner | undefined;
}

/** Paths of what was wanted. */
export interface Ends {
  readonly stdin?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly console?: string;
}

/** Of a container: descriptors that are taken over. */
export interface Given {
  /** To write to its stdin. */
  readonly input?: number | undefined;
  /** Its terminal's master, to be written to and resized; what it says comes by the FIFO. */
  readonly terminal?: number | undefined;
}

export interface JoinedStreams {
  open(id: string, wanted: Wanted): Ends;
  /** The command, or the monitor for the container, holds the other ends. Throws Failed where no terminal was handed over. */
  join(id: string, client: ClientStreams, given?: Given): void;
  /** Closes the terminal: who runs in it is told by SIGHUP. */
  hangUp(id: string): void;
  /** Resolves when all output was given to the client; of a child that outlived its command, what it says within `silenceMs`. */
  delivered(id: string, silenceMs: number): Promise<void>;
  /** Deletes the names, and closes what was not joined; unknown ids are fine. */
  remove(id: string): void;
}

interface Opened {
  readonly stdin: { readonly path: string; readonly holder: number } | undefined;
  readonly stdout: number | undefined;
  readonly stderr: number | undefined;
  readonly console: ConsoleSocket | undefined;
}

interface Joined {
  /** What takes the client's words: the terminal, if there is one, else the writing end of a FIFO. */
  readonly input: Duplex | undefined;
  readonly outputs: readonly Output[];
  readonly terminal: TerminalStream | undefined;
}

export const joinedStreams = ({
  dir,
  readiness,
}: {
  readonly dir: string;
  readonly readiness: Readiness;
}): JoinedStreams => {
  const opened = new Map<string, Opened>();
  const joined = new Map<string, Joined>();

  /** What a client does not take at once waits here, and each turn of this loop finds more to carry. */
  const listen = (path: string): number => {
    const fd = openToRead(path);
    widenPipe(fd, PIPE_BYTES);
    return fd;
  };
  const listenTo = (fd: number | undefined, client: ClientStreams["stdout"]): Output[] =>
    fd === undefined ? [] : [Output.ofPipe(fd, client)];

  return {
    open(id, wanted) {
      const place = pathOf(dir, id);
      const ends: Ends = {
        ...(wanted.stdin && !wanted.console && { stdin: pathOf(place, "stdin") }),
        ...(wanted.stdout && { stdout: pathOf(place, "stdout") }),
        ...(wanted.stderr && { stderr: pathOf(place, "stderr") }),
        ...(wanted.console && { console: pathOf(place, "console") }),
      };
      mkdirSync(place, { recursive: true, mode: 0o700 });
      for (const fifo of [ends.stdin, ends.stdout, ends.stderr]) if (fifo !== undefined) makeFifo(fifo, wanted.owner);
      opened.set(id, {
        // Both ends: without a writer the command would find its stdin at its end.
        stdin: ends.stdin === undefined ? undefined : { path: ends.stdin, holder: openForContainer(ends.stdin) },
        stdout: ends.stdout === undefined ? undefined : listen(ends.stdout),
        stderr: ends.stderr === undefined ? undefined : listen(ends.stderr),
        console: ends.console === undefined ? undefined : new ConsoleSocket(ends.console),
      });
      return ends;
    },

    join(id, client, given = {}) {
      const ours = opened.get(id);
      if (!ours) throw new NotFound("exec", id);
      const master = ours.console ? ours.console.take() : given.terminal;
      if (ours.console && master === undefined) throw new Failed("the OCI runtime has handed no terminal over");
      opened.delete(id);
      ours.console?.close();
      const terminal = master === undefined ? undefined : new TerminalStream(master, readiness);
      if (master !== undefined && terminal)
        client.onResize((size) => terminal.destroyed || resizeTerminal(master, size));
      const input = terminal ?? inputOf(ours.stdin) ?? writerOf(given.input);
      feed(client.stdin, input, terminal !== undefined);
      const isOwnTerminal = ours.console !== undefined && terminal !== undefined;
      joined.set(id, {
        input,
        outputs: [
          ...(isOwnTerminal ? [Output.ofStream(terminal, client.stdout)] : []),
          // Of a command with a terminal nothing comes here but the OCI runtime's own words, if it has any.
          ...listenTo(ours.stdout, isOwnTerminal ? undefined : client.stdout),
          ...listenTo(ours.stderr, isOwnTerminal ? undefined : client.stderr),
        ],
        terminal,
      });
    },

    hangUp: (id) => void joined.get(id)?.terminal?.destroy(),

    async delivered(id, silenceMs) {
      const one = joined.get(id);
      await Promise.all((one?.outputs ?? []).map((output) => output.close(silenceMs)));
      // A client whose session is over may never end what it sends.
      one?.input?.destroy();
      joined.delete(id);
    },

    remove(id) {
      const { stdin, stdout, stderr, console } = opened.get(id) ?? {};
      for (const fd of [stdin?.holder, stdout, stderr]) if (fd !== undefined) closeSync(fd);
      console?.close();
      opened.delete(id);
      rmSync(pathOf(dir, id), { recursive: true, force: true });
    },
  };
};

const writerOf = (fd: number | undefined): Duplex | undefined =>
  fd === undefined ? undefined : new Socket({ fd, readable: false, writable: true });

/** The command holds its end by now; one that has closed it already gets nothing. */
const inputOf = (stdin: Opened["stdin"]): Duplex | undefined => {
  if (!stdin) return undefined;
  try {
    return writerOf(openSync(stdin.path, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch (error) {
    if (isErrno(error, "ENXIO")) return undefined;
    throw error;
  } finally {
    closeSync(stdin.holder);
  }
};

/** What the client sends when nobody takes it (any more) is thrown away: it must not wait for it. */
const feed = (stdin: ClientStreams["stdin"], input: Duplex | undefined, keepOpen: boolean): void => {
  if (!stdin) return void (keepOpen || input?.destroy());
  if (!input) return void stdin.resume();
  input.on("error", () => input.destroy());
  input.once("close", () => stdin.resume());
  stdin.pipe(input, { end: !keepOpen });
};
