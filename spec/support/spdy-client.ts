/**
 * A client of the streaming server over SPDY/3.1, written from the client's side and with the habits of crictl's library: it
 * compresses its headers, opens one stream after the other, and waits for each one's SYN_REPLY before it goes on.
 */
import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as secureConnect } from "node:tls";
import { createDeflate, createInflate, constants } from "node:zlib";
import type { Duplex } from "node:stream";
import { dictionary } from "../../src/drivers/streaming/spdy/dictionary.ts";

const PATIENCE_MS = 20_000;

export interface Answer {
  readonly status: number;
  readonly head: string;
  /** What has come of the body, or of the frames behind an upgrade. */
  readonly rest: Buffer;
  readonly socket: Socket;
}

/** Sends bytes as they are, as HTTP's first, and reads the head of the answer. */
export const exchange = async (url: string, request: string | Buffer): Promise<Answer> => {
  const { protocol, hostname, port } = new URL(url);
  const at = { host: hostname.replace(/[[\]]/g, ""), port: Number(port), noDelay: true };
  const socket = protocol === "https:" ? secureConnect({ ...at, rejectUnauthorized: false }) : connect(at);
  socket.on("error", () => {});
  socket.write(request);
  let bytes = Buffer.alloc(0);
  for (;;) {
    const end = bytes.indexOf("\r\n\r\n");
    if (end >= 0) {
      const head = bytes.toString("latin1", 0, end);
      return { status: Number(head.split(" ")[1]), head, rest: bytes.subarray(end + 4), socket };
    }
    const chunk = (await Promise.race([once(socket, "data"), once(socket, "close").then(() => undefined)])) as
      [Buffer] | undefined;
    if (!chunk) throw new Error(`closed after ${bytes.length} bytes, before an answer`);
    socket.pause();
    bytes = Buffer.concat([bytes, chunk[0]]);
  }
};

export const upgradeRequest = (url: string, protocols: readonly string[], method = "POST"): string =>
  `${method} ${new URL(url).pathname} HTTP/1.1\r\nHost: troupe\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n` +
  `${protocols.map((protocol) => `X-Stream-Protocol-Version: ${protocol}\r\n`).join("")}Content-Length: 0\r\n\r\n`;

/** As crictl offers them. */
export const crictlProtocols = ["v5", "v4", "v3", "v2"]
  .map((version) => `${version}.channel.k8s.io`)
  .concat("channel.k8s.io");

export const control = (type: number, flags: number, payload: Buffer): Buffer => {
  const header = Buffer.from([0x80, 3, 0, type, flags, 0, 0, 0]);
  header.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([header, payload]);
};

export const words = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
};

export const data = (id: number, bytes: Buffer | string, fin = false): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(id);
  header[4] = fin ? 1 : 0;
  header.writeUIntBE(Buffer.byteLength(bytes), 5, 3);
  return Buffer.concat([header, Buffer.from(bytes)]);
};

export const plainHeaders = (headers: Readonly<Record<string, string>>): Buffer => {
  const text = (word: string): Buffer => Buffer.concat([words(Buffer.byteLength(word)), Buffer.from(word)]);
  const pairs = Object.entries(headers);
  return Buffer.concat([words(pairs.length), ...pairs.flatMap(([name, value]) => [text(name), text(value)])]);
};

export class ClientSideStream {
  readonly id: number;
  replied = false;
  /** All of the data so far; only its length counts when the client keeps nothing. */
  readonly chunks: Buffer[] = [];
  bytes = 0;
  fin = false;
  reset: number | undefined;

  constructor(id: number) {
    this.id = id;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  /** No more will come. */
  get over(): boolean {
    return this.fin || this.reset !== undefined;
  }
}

export class SpdyClient {
  readonly socket: Duplex;
  /** Kind and id of each control frame, as `goAway 7`. */
  readonly frames: string[] = [];
  readonly streams = new Map<number, ClientSideStream>();
  readonly #changes = new EventEmitter();
  readonly #deflate = createDeflate({ dictionary, flush: constants.Z_SYNC_FLUSH });
  readonly #inflate = createInflate({ dictionary, finishFlush: constants.Z_SYNC_FLUSH });
  readonly #keep: boolean;
  #buffer: Buffer = Buffer.alloc(0);
  #rest: { readonly stream: ClientSideStream | undefined; readonly length: number } = { stream: undefined, length: 0 };
  #nextId = 1;
  closed = false;

  constructor(socket: Duplex, { rest = Buffer.alloc(0), keep = true }: { rest?: Buffer; keep?: boolean } = {}) {
    this.socket = socket;
    this.#keep = keep;
    this.#inflate.on("data", () => {});
    this.#inflate.on("error", (error) => this.frames.push(`bad header block: ${error.message}`));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      this.#changes.emit("change");
    });
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
    if (rest.length > 0) this.#received(rest);
    socket.resume();
  }

  static async open(
    url: string,
    options: { protocols?: readonly string[]; method?: string; keep?: boolean } = {},
  ): Promise<SpdyClient> {
    const { protocols = crictlProtocols, method, ...rest } = options;
    const answer = await exchange(url, upgradeRequest(url, protocols, method));
    if (answer.status !== 101) {
      answer.socket.destroy();
      throw new Error(answer.head);
    }
    return new SpdyClient(answer.socket, { rest: answer.rest, ...rest });
  }

  async until(what: string, predicate: () => boolean): Promise<void> {
    const bound = AbortSignal.timeout(PATIENCE_MS);
    while (!predicate()) {
      await once(this.#changes, "change", { signal: bound }).catch(() => {
        throw new Error(`${what} did not come true within ${PATIENCE_MS} ms; frames: ${this.frames.join(", ")}`);
      });
    }
  }

  /** Compressed as the next block of this connection. */
  block(plain: Buffer): Promise<Buffer> {
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      const take = (chunk: Buffer): void => void chunks.push(chunk);
      this.#deflate.on("data", take);
      this.#deflate.write(plain, () => {
        this.#deflate.off("data", take);
        resolve(Buffer.concat(chunks));
      });
    });
  }

  async synStream(id: number, headers: Readonly<Record<string, string>>, flags = 0): Promise<Buffer> {
    const block = await this.block(plainHeaders(headers));
    return control(1, flags, Buffer.concat([words(id, 0), Buffer.from([0, 0]), block]));
  }

  /** Opens a stream without waiting for its answer. */
  async begin(headers: Readonly<Record<string, string>>, id = this.#nextId): Promise<ClientSideStream> {
    this.#nextId = id + 2;
    const stream = new ClientSideStream(id);
    this.streams.set(id, stream);
    this.socket.write(await this.synStream(id, headers));
    return stream;
  }

  async stream(headers: Readonly<Record<string, string>>): Promise<ClientSideStream> {
    const stream = await this.begin(headers);
    await this.until(`the answer to stream ${stream.id}`, () => stream.replied || stream.over || this.closed);
    return stream;
  }

  /** The streams of an exec or attach, by their types. */
  async command<Type extends string>(...types: readonly Type[]): Promise<Record<Type, ClientSideStream>> {
    const streams: Partial<Record<Type, ClientSideStream>> = {};
    for (const streamType of types) streams[streamType] = await this.stream({ streamtype: streamType });
    return streams as Record<Type, ClientSideStream>;
  }

  /** A forwarded connection: the error stream is half-closed at once. */
  async forward(
    port: number | string,
    requestid: string,
  ): Promise<{ error: ClientSideStream; data: ClientSideStream }> {
    const error = await this.stream({ streamtype: "error", port: String(port), requestid });
    this.end(error);
    return { error, data: await this.stream({ streamtype: "data", port: String(port), requestid }) };
  }

  send(stream: ClientSideStream, bytes: Buffer | string): void {
    this.socket.write(data(stream.id, bytes));
  }

  end(stream: ClientSideStream): void {
    this.socket.write(data(stream.id, "", true));
  }

  reset(stream: ClientSideStream): void {
    this.socket.write(control(3, 0, words(stream.id, 5)));
  }

  ping(id: number): void {
    this.socket.write(control(6, 0, words(id)));
  }

  goAway(): void {
    this.socket.write(control(7, 0, words(0, 0)));
  }

  /** As a client whose process is killed. */
  destroy(): void {
    this.socket.destroy();
  }

  /** Ends well, as a client does that has got what it waited for. */
  async close(): Promise<void> {
    this.socket.end();
    await this.until("the server's end of the connection", () => this.closed);
  }

  #received(chunk: Buffer): void {
    const bytes = this.#keep ? chunk : this.#counted(chunk);
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    while (this.#buffer.length >= 8) {
      const length = 8 + this.#buffer.readUIntBE(5, 3);
      if (this.#buffer.length < length) {
        if (!this.#keep) this.#beginCounting();
        break;
      }
      this.#frame(this.#buffer.subarray(0, length));
      this.#buffer = this.#buffer.subarray(length);
    }
    this.#changes.emit("change");
  }

  /** Of a data frame without FIN that came in part nothing is put together: who measures must not be what is slow. */
  #beginCounting(): void {
    const [first, last] = [this.#buffer.readUInt32BE(0), this.#buffer.readUInt32BE(4)];
    if (first >>> 31 === 1 || last >>> 24 !== 0) return;
    const stream = this.streams.get(first);
    if (stream) stream.bytes += this.#buffer.length - 8;
    this.#rest = { stream, length: 8 + last - this.#buffer.length };
    this.#buffer = Buffer.alloc(0);
  }

  /** What follows the rest of the frame that is being counted. */
  #counted(chunk: Buffer): Buffer {
    const { stream, length } = this.#rest;
    const counted = Math.min(length, chunk.length);
    if (stream) stream.bytes += counted;
    this.#rest = { stream, length: length - counted };
    return chunk.subarray(counted);
  }

  #frame(frame: Buffer): void {
    const first = frame.readUInt32BE(0);
    if (first >>> 31 === 0) {
      const stream = this.streams.get(first);
      if (this.#keep) stream?.chunks.push(frame.subarray(8));
      if (stream) stream.bytes += frame.length - 8;
      if (frame[4] === 1) {
        this.frames.push(`fin ${first}`);
        if (stream) stream.fin = true;
      }
      return;
    }
    const id = frame.readUInt32BE(8);
    switch (first & 0xffff) {
      case 2: {
        this.#inflate.write(frame.subarray(12));
        this.frames.push(`synReply ${id}`);
        const stream = this.streams.get(id);
        if (stream) stream.replied = true;
        return;
      }
      case 3: {
        const stream = this.streams.get(id);
        const status = frame.readUInt32BE(12);
        if (stream) stream.reset = status;
        this.frames.push(`rstStream ${id} ${status}`);
        return;
      }
      case 6:
        this.frames.push(`ping ${id}`);
        return;
      case 7:
        this.frames.push(`goAway ${id} ${frame.readUInt32BE(12)}`);
        return;
      default:
        this.frames.push(`frame of type ${first & 0xffff}`);
    }
  }
}
