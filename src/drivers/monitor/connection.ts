/** One connection to the monitor, from the hello on: questions with answers, and what the monitor tells unasked. */
import { connect, type Socket } from "node:net";
import { Exhausted, Failed, fromFailure, Unavailable } from "../../errors.ts";
import { Decoder, encode } from "../../monitor/framing.ts";
import {
  SPOKEN,
  type Answers,
  type FromMonitor,
  type Request,
  type Result,
  type Versions,
  type Welcome,
} from "../../monitor/protocol.ts";

export interface ConnectionOptions {
  readonly path: string;
  /** This program's version, for the monitor's reports. */
  readonly program: string;
  readonly speaks?: Versions;
  /** A monitor that takes the connection and then says nothing for this long hangs. */
  readonly helloMs: number;
  readonly exited: (news: Extract<FromMonitor, { type: "exited" }>) => void;
  readonly detached?: (news: Extract<FromMonitor, { type: "detached" }>) => void;
  /** Once, after a welcome. */
  readonly lost: (reason: string) => void;
}

interface Waiter {
  readonly resolve: (value: Answers[keyof Answers]) => void;
  readonly reject: (error: Error) => void;
}

export const MOST_QUEUED_BYTES = 16 * 1024 * 1024;

export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #decoder = new Decoder<FromMonitor>();
  readonly #waiters = new Map<number, Waiter>();
  readonly #welcome = Promise.withResolvers<Welcome>();
  #welcomed = false;
  #why = "the monitor closed the connection";
  #seq = 0;

  private constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    socket.on("error", (error) => this.#fail(error.message));
    socket.on("close", () => this.#closed());
  }

  /** Throws Node's ENOENT or ECONNREFUSED where no monitor listens, Failed where it is of another age, else Unavailable. */
  static async open(
    options: ConnectionOptions,
  ): Promise<{ readonly connection: Connection; readonly welcome: Welcome }> {
    const socket = connect(options.path);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    const connection = new Connection(socket, options);
    const speaks = options.speaks ?? SPOKEN;
    socket.write(encode({ type: "hello", speaks, program: options.program }));
    const bound = setTimeout(
      () => connection.#fail(`it has not said hello for ${options.helloMs} ms`),
      options.helloMs,
    );
    try {
      return { connection, welcome: await connection.#welcome.promise };
    } finally {
      clearTimeout(bound);
    }
  }

  ask<Asked extends Request>(request: Asked): Promise<Answers[Asked["verb"]]> {
    if (this.#socket.destroyed) return Promise.reject(new Unavailable(`the monitor is not there: ${this.#why}`));
    if (this.#socket.writableLength > MOST_QUEUED_BYTES)
      return Promise.reject(
        new Exhausted(
          `the monitor is behind: ${this.#socket.writableLength} bytes wait for it, the bound is ${MOST_QUEUED_BYTES}`,
        ),
      );
    const seq = ++this.#seq;
    const frame = encode({ type: "ask", seq, request });
    return new Promise((resolve, reject) => {
      // The monitor answers a verb with what `Answers` says.
      this.#waiters.set(seq, { resolve: resolve as Waiter["resolve"], reject });
      this.#socket.write(frame);
    });
  }

  /** Bytes that the monitor has not read yet. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** What is in flight is rejected; nobody is told that the connection is lost. */
  close(): void {
    this.#welcomed = false;
    this.#fail("this daemon hung up");
  }

  #take(bytes: Buffer): void {
    try {
      for (const message of this.#decoder.push(bytes)) this.#hear(message);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #hear(message: FromMonitor): void {
    switch (message.type) {
      case "welcome":
        this.#welcomed = true;
        return this.#welcome.resolve(message);
      case "refusal":
        return this.#welcome.reject(new Failed(message.text));
      case "answer":
        return this.#answer(message.seq, message.result);
      case "exited":
        return this.#options.exited(message);
      case "detached":
        return this.#options.detached?.(message);
    }
  }

  #answer(seq: number, result: Result): void {
    const waiter = this.#waiters.get(seq);
    this.#waiters.delete(seq);
    if ("ok" in result) waiter?.resolve(result.ok);
    else waiter?.reject(fromFailure(result.failed));
  }

  #fail(reason: string): void {
    this.#why = reason;
    this.#socket.destroy();
  }

  #closed(): void {
    const gone = new Unavailable(`the monitor went away: ${this.#why}`);
    this.#welcome.reject(gone);
    for (const { reject } of this.#waiters.values()) reject(gone);
    this.#waiters.clear();
    if (this.#welcomed) this.#options.lost(this.#why);
  }
}
