/**
 * A WebSocket under a session: messages in with a bound on what one turn takes, messages out with back-pressure, and pings
 * answered as long as anything is read.
 */
import type { WebSocket } from "ws";
import { Turn } from "../turn.ts";
import { Valve } from "../valve.ts";

/** RFC 6455, 7.4.1. */
export const CloseCode = { normal: 1000, protocolError: 1002, unsupported: 1003, badPayload: 1007 } as const;

/** What a message costs of a turn beside its bytes. */
const MESSAGE_COST = 512;

export interface ConnectionOptions {
  onMessage(message: Buffer, isBinary: boolean): void;
  /** Once, however the connection ended. */
  onGone(): void;
  onTrouble(text: string): void;
}

export class Connection {
  readonly valve: Valve;
  readonly #socket: WebSocket;
  readonly #turn = new Turn();
  readonly #options: ConnectionOptions;
  #pongUnderWay = false;
  #nextPong: Buffer | undefined;

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.valve = new Valve({
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      // Nobody has asked for it, as RFC 6455 (5.5.3) allows: to a client whose ping we do not read it is the sign of life.
      probe: () => this.#pong(Buffer.alloc(0)),
    });
    socket.on("message", (message: Buffer, isBinary) => {
      if (socket.readyState !== socket.OPEN) return;
      options.onMessage(message, isBinary);
      this.#spend(message.length);
    });
    socket.on("ping", (payload: Buffer) => {
      this.#pong(payload);
      this.#spend(payload.length);
    });
    socket.on("error", (error) => options.onTrouble(`websocket client broke the protocol: ${error.message}`));
    socket.on("close", () => {
      this.valve.open();
      options.onGone();
    });
  }

  /** Sends each message; calls back when they have left, or never will. */
  send(messages: readonly (Buffer | string)[], done: () => void): void {
    const bytes = messages.reduce((sum, { length }) => sum + length, 0);
    const inTurn = this.#turn.spend(bytes);
    const left = (): void => (inTurn ? done() : this.#turn.next(done));
    if (messages.length === 0) return left();
    for (const [at, message] of messages.entries())
      this.#socket.send(message, at === messages.length - 1 ? left : undefined);
  }

  /** After what was sent before. */
  close(code: number): void {
    this.valve.open();
    this.#socket.close(code);
  }

  /** The client has sent what nobody may. */
  fail(code: number, text: string): void {
    this.#options.onTrouble(`websocket client broke the protocol: ${text}`);
    this.close(code);
  }

  #spend(bytes: number): void {
    if (!this.#turn.spend(bytes + MESSAGE_COST)) this.#turn.next(this.valve.hold());
  }

  /** One at a time, and of those asked for meanwhile the last (RFC 6455, 5.5.3): a flood of pings is not kept. */
  #pong(payload: Buffer): void {
    if (this.#pongUnderWay) {
      this.#nextPong = payload;
      return;
    }
    this.#pongUnderWay = true;
    this.#socket.pong(payload, false, () => {
      this.#pongUnderWay = false;
      const next = this.#nextPong;
      this.#nextPong = undefined;
      if (next && this.#socket.readyState === this.#socket.OPEN) this.#pong(next);
    });
  }
}
