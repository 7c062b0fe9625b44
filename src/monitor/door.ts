/**
 * The monitor's socket. A connection says hello and agrees on a version before anything else is heard of it; one that breaks
 * the framing, or does not take what it is told, is closed, and its daemon comes again.
 */
import { chmodSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { Decoder, encode } from "./framing.ts";
import {
  agree,
  disagreement,
  SPOKEN,
  type FromDaemon,
  type FromMonitor,
  type Places,
  type Request,
} from "./protocol.ts";

export interface DoorListener {
  greeted(daemon: number): void;
  asked(daemon: number, seq: number, request: Request): void;
  parted(daemon: number): void;
  warn(text: string): void;
}

/** A socket's name until it is moved into place, with a pid behind it. */
const UNMOVED = "socket.";
const MOST_QUEUED_BYTES = 16 * 1024 * 1024;

export class Door {
  readonly #places: Places;
  readonly #listener: DoorListener;
  #server: Server;
  readonly #sockets = new Map<number, Socket>();
  readonly #versions = new Map<number, number>();
  #number = 0;
  /** Of the socket's file that we have made; absent: before, and while another one is being made. */
  #inode: number | undefined;

  constructor(places: Places, listener: DoorListener) {
    this.#places = places;
    this.#listener = listener;
    this.#server = createServer((socket) => this.#take(socket));
  }

  /** Bound in our own directory, closed to others, and moved into place: it takes the place of a dead monitor's socket. */
  async open(): Promise<void> {
    const { monitor, socket } = this.#places;
    // Of predecessors that were killed before they had moved theirs; nobody else is there, for we have the lock.
    for (const name of readdirSync(monitor)) if (name.startsWith(UNMOVED)) rmSync(`${monitor}/${name}`);
    const path = `${monitor}/${UNMOVED}${process.pid}`;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
    this.#inode = statSync(path).ino;
    renameSync(path, socket);
  }

  /** Where our socket's file was taken away, or another put in its place, the next daemon could not find us: makes a new one. */
  async mend(): Promise<void> {
    if (this.#inode === undefined || statSync(this.#places.socket, { throwIfNoEntry: false })?.ino === this.#inode)
      return;
    this.#listener.warn(`${this.#places.socket} is not this monitor's any more; making another one`);
    this.#inode = undefined;
    const former = this.#server;
    this.#server = createServer((socket) => this.#take(socket));
    await this.open();
    former.close(); // those that came by it stay
  }

  /** The version spoken on a connection. */
  version(daemon: number): number {
    return this.#versions.get(daemon) ?? SPOKEN.newest;
  }

  /** To a connection that is gone: nothing. */
  send(daemon: number, message: FromMonitor): void {
    const socket = this.#sockets.get(daemon);
    if (!socket?.writable) return;
    if (socket.writableLength > MOST_QUEUED_BYTES) {
      this.#listener.warn(`a daemon does not take what it is told (${socket.writableLength} bytes wait); hanging up`);
      socket.destroy();
      return;
    }
    socket.write(encode(message));
  }

  /** Waits until what is queued has been sent, at most for `boundMs`. */
  async flush(boundMs: number): Promise<void> {
    const sent = [...this.#sockets.values()].map(
      (socket) => new Promise<void>((resolve) => void socket.write("", () => resolve())),
    );
    const bound = Promise.withResolvers<void>();
    const timer = setTimeout(bound.resolve, boundMs);
    await Promise.race([Promise.all(sent), bound.promise]);
    clearTimeout(timer);
  }

  /** Sends what is queued, at most for `boundMs`, and hangs up. The socket's file stays for a successor to replace. */
  async close(boundMs: number): Promise<void> {
    this.#server.close();
    const bound = setTimeout(() => {
      for (const socket of this.#sockets.values()) socket.destroy();
    }, boundMs);
    await Promise.all(
      [...this.#sockets.values()].map(
        (socket) =>
          new Promise<void>((resolve) => {
            socket.once("close", () => resolve());
            socket.destroySoon();
          }),
      ),
    );
    clearTimeout(bound);
  }

  /** Before anything else of leaving: from now on a daemon starts a monitor of its own. */
  unlink(): void {
    this.#inode = undefined;
    rmSync(this.#places.socket, { force: true });
  }

  #take(socket: Socket): void {
    const daemon = ++this.#number;
    const decoder = new Decoder<FromDaemon>();
    this.#sockets.set(daemon, socket);
    socket.on("data", (bytes: Buffer) => {
      try {
        for (const message of decoder.push(bytes)) this.#hear(daemon, socket, message);
      } catch (error) {
        this.#listener.warn(`hanging up on a daemon: ${error instanceof Error ? error.message : String(error)}`);
        socket.destroy();
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(daemon);
      if (this.#versions.delete(daemon)) this.#listener.parted(daemon);
    });
  }

  #hear(daemon: number, socket: Socket, message: FromDaemon): void {
    const greeted = this.#versions.has(daemon);
    if (message.type === "ask") {
      if (greeted) this.#listener.asked(daemon, message.seq, message.request);
      return;
    }
    if (greeted) return;
    const version = agree(SPOKEN, message.speaks);
    if (version === undefined) {
      socket.end(encode({ type: "refusal", text: disagreement(SPOKEN, message.speaks) }));
      return;
    }
    this.#versions.set(daemon, version);
    this.#listener.greeted(daemon);
  }
}
