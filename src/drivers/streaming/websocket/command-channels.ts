/**
 * Exec and attach over WebSocket: fixed channels, all there from the beginning.
 *
 *   0 stdin (in) · 1 stdout · 2 stderr · 3 error (out) · 4 resize (in)
 */
import type { WebSocket } from "ws";
import type { ClientStream } from "../client-stream.ts";
import { commandSession, type CommandClient, type CommandRequest } from "../command-session.ts";
import { Resizes } from "../resizes.ts";
import type { SessionOptions } from "../session-options.ts";
import { statusDocument, statusText } from "../status.ts";
import { base64Coding, binaryCoding, strictBinaryCoding, type Coding } from "./coding.ts";
import { Channels } from "./channels.ts";

interface Dialect {
  readonly coding: Coding;
  /** The error channel has a status document; before v4 it has text. */
  readonly document: boolean;
  readonly halfClose: boolean;
}

const first: Dialect = { coding: binaryCoding, document: false, halfClose: false };

const dialects: Readonly<Record<string, Dialect>> = {
  // A client that names none speaks the first.
  "": first,
  "channel.k8s.io": first,
  "base64.channel.k8s.io": { coding: base64Coding, document: false, halfClose: false },
  "v4.channel.k8s.io": { coding: binaryCoding, document: true, halfClose: false },
  "v4.base64.channel.k8s.io": { coding: base64Coding, document: true, halfClose: false },
  "v5.channel.k8s.io": { coding: strictBinaryCoding, document: true, halfClose: true },
};

export const commandSubprotocols: readonly string[] = Object.keys(dialects).filter((name) => name !== "");

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

const commandClient = (channels: Channels, request: CommandRequest, document: boolean): CommandClient => {
  const output = (number: number): ClientStream => channels.open(number).resume();
  const stdin = request.stdin ? channels.open(channel.stdin) : undefined;
  const stdout = request.stdout ? output(channel.stdout) : undefined;
  const stderr = request.stderr && !request.tty ? output(channel.stderr) : undefined;
  const error = output(channel.error);
  const resizes = new Resizes();
  if (request.tty) channels.open(channel.resize).on("data", (bytes: Buffer) => resizes.received(bytes));
  // An empty message on the first of the outputs tells the client that it is connected.
  (stdout ?? stderr ?? error).write(Buffer.alloc(0));
  return {
    streams: { stdin, stdout, stderr, onResize: (listener) => resizes.onResize(listener) },
    gone: channels.gone,
    finish(outcome) {
      const said = document ? statusDocument(outcome) : statusText(outcome);
      if (said === "") return channels.finish();
      error.write(said, () => channels.finish());
    },
  };
};

/** Serves one exec or attach over a WebSocket;  `subprotocol` is one of `commandSubprotocols`, or empty. */
export const serveCommandChannels = (
  socket: WebSocket,
  subprotocol: string,
  request: CommandRequest,
  options: SessionOptions,
): void => {
  const { coding, halfClose, document } = dialects[subprotocol] ?? first;
  const channels = new Channels(socket, { coding, halfClose, onTrouble: (text) => options.onTrouble(text) });
  void commandSession(options.backend, request, commandClient(channels, request, document));
};
