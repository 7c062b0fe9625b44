/** How messages of monitor and daemon travel in a stream: four bytes of length, big endian, then that much JSON. */
import { Failed } from "../errors.ts";
import type { FromDaemon, FromMonitor } from "./protocol.ts";

export const LONGEST_FRAME_BYTES = 16 * 1024 * 1024;

export const encode = (message: FromDaemon | FromMonitor): Buffer => {
  const body = Buffer.from(JSON.stringify(message));
  if (body.length > LONGEST_FRAME_BYTES) throw tooLong(body.length);
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, 4);
  return frame;
};

const tooLong = (bytes: number): Failed =>
  new Failed(`a message of ${bytes} bytes is longer than the ${LONGEST_FRAME_BYTES} that monitor and daemon take`);

/** Cuts a stream of bytes back into messages. `push` throws for bytes that are none: the connection is then worth nothing. */
export class Decoder<Message extends FromDaemon | FromMonitor> {
  #pieces: Buffer[] = [];
  #held = 0;

  push(bytes: Buffer): Message[] {
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    const messages: Message[] = [];
    for (let body = this.#next(); body; body = this.#next()) messages.push(parse<Message>(body));
    return messages;
  }

  #next(): Buffer | undefined {
    if (this.#held < 4) return undefined;
    const first = this.#pieces[0];
    // Joined only when there is a whole frame: a long one must not be copied again at each piece of it.
    const head = first && first.length >= 4 ? first : this.#join();
    const length = head.readUInt32BE(0);
    if (length > LONGEST_FRAME_BYTES) throw tooLong(length);
    if (this.#held < 4 + length) return undefined;
    const all = this.#join();
    const rest = all.subarray(4 + length);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#held = rest.length;
    return all.subarray(4, 4 + length);
  }

  #join(): Buffer {
    const all = this.#pieces.length === 1 && this.#pieces[0] ? this.#pieces[0] : Buffer.concat(this.#pieces);
    this.#pieces = [all];
    return all;
  }
}

const parse = <Message>(body: Buffer): Message => {
  const message: unknown = JSON.parse(body.toString());
  if (typeof message !== "object" || message === null || !("type" in message))
    throw new Failed("a message between monitor and daemon has no type");
  return message as Message;
};
