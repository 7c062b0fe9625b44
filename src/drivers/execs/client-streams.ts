/** What is before a command or a container: a client's streams, as the streaming server has them. */
import type { Readable, Writable } from "node:stream";
import type { Size } from "../linux/terminal.ts";

/** None of them emits errors; a client that has gone ends its `stdin`, and what is written to it is thrown away. */
export interface ClientStreams {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  onResize(listener: (size: Size) => void): void;
}
