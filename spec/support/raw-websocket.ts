/**
 * A WebSocket client by hand: for what `ws` would not do, which is to break the rules, and to name the tunnel's subprotocol.
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { exchange, type Answer } from "./spdy-client.ts";

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export const handshakeRequest = (url: string, subprotocol: string, version = 13): string =>
  `GET ${new URL(url).pathname} HTTP/1.1\r\nHost: troupe\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: ${version}\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n` +
  `${subprotocol && `Sec-WebSocket-Protocol: ${subprotocol}\r\n`}\r\n`;

export const frame = (opcode: number, payload: Buffer | string, { masked = true, fin = true } = {}): Buffer => {
  const bytes = Buffer.from(payload);
  const mask = masked ? randomBytes(4) : Buffer.alloc(0);
  const long = bytes.length < 126 ? 0 : bytes.length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + long);
  header[0] = (fin ? 0x80 : 0) | opcode;
  header[1] = (masked ? 0x80 : 0) | (long === 0 ? bytes.length : long === 2 ? 126 : 127);
  if (long === 2) header.writeUInt16BE(bytes.length, 2);
  if (long === 8) header.writeBigUInt64BE(BigInt(bytes.length), 2);
  const sent = masked ? bytes.map((byte, at) => byte ^ (mask[at % 4] ?? 0)) : bytes;
  return Buffer.concat([header, mask, sent]);
};

/** A server's frames: never masked. */
const cut = (
  bytes: Buffer,
): { readonly opcode: number; readonly payload: Buffer; readonly length: number } | undefined => {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const long = short < 126 ? 0 : short === 126 ? 2 : 8;
  if (bytes.length < 2 + long) return undefined;
  const size = long === 0 ? short : long === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const length = 2 + long + size;
  if (bytes.length < length) return undefined;
  return { opcode: (bytes[0] ?? 0) & 0xf, payload: bytes.subarray(2 + long, length), length };
};

export interface RawWebSocket {
  readonly answer: Answer;
  readonly socket: Socket;
  /** The binary messages as plain bytes; what is written goes out in messages of at most `messageBytes`. */
  bytes(messageBytes: number): Duplex;
  /** Calls back with each of the server's frames. */
  listen(take: (opcode: number, payload: Buffer) => void): void;
}

export const rawWebSocket = async (url: string, subprotocol: string): Promise<RawWebSocket> => {
  const answer = await exchange(url, handshakeRequest(url, subprotocol));
  const { socket } = answer;
  const listen: RawWebSocket["listen"] = (take) => {
    let bytes = answer.rest;
    const read = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let found = cut(bytes); found; found = cut(bytes)) {
        bytes = bytes.subarray(found.length);
        take(found.opcode, found.payload);
      }
    };
    socket.on("data", read);
    read(Buffer.alloc(0));
    socket.resume();
  };
  return {
    answer,
    socket,
    listen,
    bytes(messageBytes) {
      const tunnel = new Duplex({
        read() {},
        write(chunk: Buffer, _encoding, done) {
          for (let at = 0; at < chunk.length; at += messageBytes)
            socket.write(frame(Opcode.binary, chunk.subarray(at, at + messageBytes)));
          done();
        },
        final(done) {
          socket.write(frame(Opcode.close, Buffer.from([3, 232])));
          done();
        },
      });
      listen((opcode, payload) => {
        if (opcode === Opcode.binary) tunnel.push(payload);
        if (opcode === Opcode.close) socket.write(frame(Opcode.close, payload));
      });
      socket.on("end", () => socket.end());
      socket.on("close", () => tunnel.destroy());
      return tunnel;
    },
  };
};
