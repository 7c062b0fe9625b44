/** The channels of one WebSocket: streams by their numbers, and the half-close that v5 brought. */
import type { WebSocket } from "ws";
import { ClientStream, Unread } from "../client-stream.ts";
import { CloseCode, Connection } from "./connection.ts";
import type { Coding } from "./coding.ts";

/** v5: the two bytes `FF n` say that the client sends no more on channel n. */
const CLOSE_CHANNEL = 255;
const HIGHEST_CHANNEL = 4;

export interface ChannelsOptions {
  readonly coding: Coding;
  /** Whether channel 255 says that another one ends. */
  readonly halfClose: boolean;
  onTrouble(text: string): void;
}

class Channel extends ClientStream {
  readonly #number: number;
  readonly #coding: Coding;
  readonly #connection: Connection;

  constructor(number: number, coding: Coding, connection: Connection, unread: Unread) {
    super(unread);
    this.#number = number;
    this.#coding = coding;
    this.#connection = connection;
  }

  protected override send(chunks: readonly Buffer[], done: () => void): void {
    this.#connection.send(
      chunks.flatMap((chunk) => this.#coding.encode(this.#number, chunk)),
      done,
    );
  }

  /** Channels of a server end with the connection. */
  protected override sendEnd(done: () => void): void {
    done();
  }

  protected override abandon(): void {}
}

export class Channels {
  readonly #options: ChannelsOptions;
  readonly #channels = new Map<number, Channel>();
  readonly #connection: Connection;
  readonly #unread: Unread;
  readonly #gone = new AbortController();
  #finished = false;

  constructor(socket: WebSocket, options: ChannelsOptions) {
    this.#options = options;
    this.#connection = new Connection(socket, {
      onMessage: (message, isBinary) => this.#received(message, isBinary),
      onGone: () => {
        if (!this.#finished) this.#gone.abort();
        for (const channel of this.#channels.values()) channel.lost();
      },
      onTrouble: (text) => options.onTrouble(text),
    });
    this.#unread = new Unread(this.#connection.valve);
  }

  /** Aborts when the client has left, or broken the protocol, before we have finished. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** What comes on channels that nobody has opened is thrown away. */
  open(number: number): ClientStream {
    const channel = new Channel(number, this.#options.coding, this.#connection, this.#unread);
    this.#channels.set(number, channel);
    return channel;
  }

  /** Clients take it for a success on all channels. */
  finish(): void {
    this.#finished = true;
    this.#connection.close(CloseCode.normal);
  }

  #received(bytes: Buffer, isBinary: boolean): void {
    const message = this.#options.coding.decode(bytes, isBinary);
    if (message === "ignored") return;
    if (!message) {
      const code = isBinary ? CloseCode.badPayload : CloseCode.unsupported;
      return this.#connection.fail(code, "a message is not of the coding that was agreed on");
    }
    if (this.#options.halfClose && message.channel === CLOSE_CHANNEL) return this.#halfClosed(message.data);
    this.#channels.get(message.channel)?.received(message.data);
  }

  #halfClosed(data: Buffer): void {
    const [number] = data;
    if (data.length !== 1 || number === undefined || number > HIGHEST_CHANNEL)
      return this.#connection.fail(CloseCode.protocolError, "a message that closes a channel names none");
    this.#channels.get(number)?.receivedEnd();
  }
}
