/**
 * A client's SPDY/3.1 connection, of which we are the server: frames in, streams out.
 *
 * Behaves as the peers' library expects: no flow-control windows, so back-pressure is the transport's alone, and everything
 * that comes is read; a client's pings are echoed at once; GOAWAY is the last frame, for the client reads none after it.
 */
import type { Duplex } from "node:stream";
import { toFailure } from "../../../errors.ts";
import { Unread } from "../client-stream.ts";
import { Turn } from "../turn.ts";
import { Valve } from "../valve.ts";
import { FrameReader, type Frame } from "./frame-reader.ts";
import { GoAwayStatus, ResetStatus, goAwayFrame, pingFrame, rstStreamFrame, synReplyFrame } from "./frames.ts";
import { emptyHeaderBlocks, parseHeaders } from "./header-block.ts";
import { Inflater } from "./inflater.ts";
import { SessionWriter } from "./session-writer.ts";
import { SpdyStream, type StreamWire } from "./stream.ts";

/** What a frame costs of a turn beside its bytes: a flood of the smallest ones is work too. */
const FRAME_COST = 512;

export interface SpdyOptions {
  readonly transport: Duplex;
  /** Open at once; more are refused. */
  readonly mostStreams: number;
  /** Must accept or refuse the stream before it returns. */
  onStream(stream: SpdyStream): void;
  /** The client broke the protocol, and the connection ends. */
  onTrouble(text: string): void;
}

export class SpdySession {
  readonly #options: SpdyOptions;
  readonly #reader = new FrameReader();
  readonly #inflater = new Inflater();
  readonly #emptyBlock = emptyHeaderBlocks();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #gone = new AbortController();
  readonly #turn = new Turn();
  readonly #valve: Valve;
  readonly #writer: SessionWriter;
  readonly #wire: StreamWire;
  /** For a header block, or for the next turn: the frames behind it wait in the reader. */
  #waiting = false;
  /** Frames are not looked at any more: one side has said GOAWAY. */
  #deaf = false;
  #finished = false;
  #lastId = 0;

  constructor(options: SpdyOptions) {
    this.#options = options;
    const { transport } = options;
    this.#valve = new Valve({
      pause: () => transport.pause(),
      resume: () => transport.resume(),
      // What is on its way already is a probe, and shall not keep a dead connection from being idle.
      probe: () => transport.writableLength === 0 && this.#writer.control(pingFrame(2)),
    });
    this.#writer = new SessionWriter(transport, this.#turn, this.#valve);
    this.#wire = this.#streamWire();
  }

  /** Begins to read. */
  start(): this {
    const { transport } = this.#options;
    transport.on("end", () => this.#lost());
    transport.on("error", () => transport.destroy());
    transport.on("close", () => this.#lost());
    transport.on("data", (chunk: Buffer) => this.#receive(chunk));
    return this;
  }

  /** Aborts when the client has closed the connection, lost it or broken the protocol, before we have finished. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resets the streams that are left, says GOAWAY and closes; what was written before still arrives. */
  finish(): void {
    this.#finished = true;
    this.#leave(GoAwayStatus.ok);
  }

  #streamWire(): StreamWire {
    const writer = this.#writer;
    return {
      unread: new Unread(this.#valve),
      reply: (id) => writer.control(synReplyFrame(id, this.#emptyBlock())),
      data: (id, chunks, done) => writer.data(id, chunks, done),
      fin: (id, done) => writer.fin(id, done),
      reset: (id, status) => writer.control(rstStreamFrame(id, status)),
      over: (id) => {
        this.#streams.delete(id);
        // A client that has said GOAWAY waits for us to close, once its streams are over.
        if (this.#deaf && !this.#finished && this.#streams.size === 0) this.#part();
      },
    };
  }

  #receive(chunk: Buffer): void {
    if (this.#deaf) return;
    this.#reader.feed(chunk);
    this.#read();
  }

  #read(): void {
    try {
      while (!this.#waiting && !this.#deaf) {
        const frame = this.#reader.next();
        if (!frame) return;
        this.#take(frame);
        const bytes = frame.kind === "data" ? frame.bytes.length : 0;
        if (!this.#turn.spend(bytes + FRAME_COST) && !this.#waiting) this.#wait((go) => this.#turn.next(go));
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Takes nothing more until `until` calls back, then goes on where it was. */
  #wait(until: (go: () => void) => void): void {
    this.#waiting = true;
    const release = this.#valve.hold();
    until(() => {
      this.#waiting = false;
      this.#read();
      release();
    });
  }

  #take(frame: Frame): void {
    switch (frame.kind) {
      case "data":
        return this.#data(frame.streamId, frame.bytes, frame.fin);
      case "synStream":
        return this.#inflate(frame.block, (plain) => this.#open(frame.streamId, frame.fin, plain));
      case "headers":
        return this.#inflate(frame.block, () => {
          if (frame.fin) this.#data(frame.streamId, Buffer.alloc(0), true);
        });
      case "rstStream":
        return this.#streams.get(frame.streamId)?.lost();
      case "ping":
        // An even id would be the answer to a ping of ours.
        if (frame.id % 2 === 1) this.#writer.control(pingFrame(frame.id));
        return;
      case "goAway":
        this.#deaf = true;
        if (this.#streams.size === 0) this.#part();
        return;
      case "ignored":
        return;
    }
  }

  #inflate(block: Buffer, then: (plain: Buffer) => void): void {
    this.#wait((go) =>
      this.#inflater.inflate(block, (error, plain) => {
        try {
          if (error) throw error;
          if (!this.#deaf) then(plain);
        } catch (trouble) {
          this.#fail(trouble);
        }
        go();
      }),
    );
  }

  #open(id: number, fin: boolean, plain: Buffer): void {
    const headers = parseHeaders(plain);
    if (id % 2 === 0 || id <= this.#lastId) return this.#writer.control(rstStreamFrame(id, ResetStatus.protocolError));
    this.#lastId = id;
    if (this.#streams.size >= this.#options.mostStreams)
      return this.#writer.control(rstStreamFrame(id, ResetStatus.refusedStream));
    const stream = new SpdyStream(this.#wire, id, headers);
    this.#streams.set(id, stream);
    this.#options.onStream(stream);
    if (fin) stream.receivedEnd();
  }

  #data(streamId: number, bytes: Buffer, fin: boolean): void {
    const stream = this.#streams.get(streamId);
    if (stream) {
      stream.received(bytes);
      if (fin) stream.receivedEnd();
      return;
    }
    // Of a stream that we have just reset more may be under way; one that never was is a mistake.
    if (streamId > this.#lastId) this.#writer.control(rstStreamFrame(streamId, ResetStatus.invalidStream));
  }

  #fail(error: unknown): void {
    this.#options.onTrouble(`spdy client broke the protocol: ${toFailure(error).text}`);
    this.#gone.abort();
    this.#loseStreams();
    this.#leave(GoAwayStatus.protocolError);
  }

  /** The client has said GOAWAY, and nothing is left to wait for: a client that was called off resets its streams first. */
  #part(): void {
    this.#gone.abort();
    this.#leave(GoAwayStatus.ok);
  }

  #lost(): void {
    this.#deaf = true;
    if (!this.#finished) this.#gone.abort();
    this.#loseStreams();
    this.#inflater.close();
    this.#leave(GoAwayStatus.ok);
  }

  #loseStreams(): void {
    for (const stream of this.#streams.values()) stream.lost();
  }

  #leave(status: number): void {
    this.#deaf = true;
    for (const stream of this.#streams.values()) stream.destroy();
    this.#valve.open();
    this.#writer.last(goAwayFrame(this.#lastId, status));
  }
}
