/**
 * Port-forwarding over WebSocket in the old manner: one connection for each port of the request, which the n-th port has
 * channel 2n for its data and 2n + 1 for its error.
 */
import type { WebSocket } from "ws";
import { forward } from "../forwarding.ts";
import type { SessionOptions } from "../session-options.ts";
import type { ForwardStreamRequest } from "../streaming.ts";
import { base64Coding, binaryCoding } from "./coding.ts";
import { Channels } from "./channels.ts";

export const forwardSubprotocols: readonly string[] = ["v4.channel.k8s.io", "v4.base64.channel.k8s.io"];

/** Both of a port's channels begin with it, as 16 bits, the low ones first. */
const announced = (port: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(port);
  return bytes;
};

export const serveForwardChannels = async (
  socket: WebSocket,
  subprotocol: string,
  { sandboxId, ports }: ForwardStreamRequest,
  options: SessionOptions,
): Promise<void> => {
  const coding = subprotocol.includes("base64") ? base64Coding : binaryCoding;
  const channels = new Channels(socket, { coding, halfClose: false, onTrouble: (text) => options.onTrouble(text) });
  const forwardPort = async (port: number, index: number): Promise<void> => {
    const client = channels.open(2 * index);
    const error = channels.open(2 * index + 1).resume();
    client.write(announced(port));
    error.write(announced(port));
    const failure = await forward(options.backend, { sandboxId, port, client, gone: channels.gone });
    if (failure !== undefined) error.write(failure);
  };
  await Promise.all(ports.map((port, index) => forwardPort(port, index)));
  channels.finish();
};
