/**
 * What gRPC lays over HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md): messages with their length before them, timeouts and texts in
 * headers.
 */
import { Exhausted, Invalid, Unimplemented } from "../errors.ts";

/** A flag and a length of 32 bits, big-endian. */
const PREFIX_BYTES = 5;

export const prefixOf = (message: Uint8Array): Buffer => {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return prefix;
};

/** The one message of a request, put together from pieces as they come. */
export class Incoming {
  readonly #pieces: Buffer[] = [];
  readonly #maxBytes: number;
  #bytes = 0;

  /** `maxBytes` of a message. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Throws Exhausted for more than a message may have. */
  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes + PREFIX_BYTES)
      throw new Exhausted(`the request has more than the ${this.#maxBytes} bytes that are taken`);
  }

  /** Throws Invalid where it is not one whole message, Unimplemented for one that is compressed. */
  message(): Uint8Array {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    if (bytes.length < PREFIX_BYTES || bytes.readUInt32BE(1) !== bytes.length - PREFIX_BYTES)
      throw new Invalid(`a request is one message with its length before it, and not these ${bytes.length} bytes`);
    if (bytes[0] !== 0) throw new Unimplemented("compressed requests are not understood: send it as it is");
    return bytes.subarray(PREFIX_BYTES);
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of a `grpc-timeout` header; undefined: none was given, or nobody can read it. */
export const timeoutMs = (header: string | readonly string[] | undefined): number | undefined => {
  const [, digits, unit = ""] = (typeof header === "string" && /^(\d{1,8})([HMSmun])$/.exec(header)) || [];
  return digits === undefined ? undefined : Number(digits) * (UNIT_MS[unit] ?? 1);
};

/** A text for `grpc-message`: what is not printable ASCII is escaped, as is the escape. The text must be well-formed. */
export const escaped = (text: string): string => text.replaceAll(/[^\x20-\x24\x26-\x7e]+/gu, encodeURIComponent);
