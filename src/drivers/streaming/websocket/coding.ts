/**
 * How channels share one WebSocket: a message is a channel and its data, as a byte before bytes, or as a digit before base64
 * for clients that can only send text.
 */

export interface Message {
  readonly channel: number;
  readonly data: Buffer;
}

export interface Coding {
  /** Of one channel, in messages of at most 32 KiB; of no data one empty message. */
  encode(channel: number, data: Buffer): readonly (Buffer | string)[];
  /** "ignored": empty. Undefined: no message of this coding. */
  decode(message: Buffer, isBinary: boolean): Message | "ignored" | undefined;
}

/** Clients read by buffers of 32 KiB; the channel comes on top. */
const MOST_DATA_BYTES = 32 << 10;
/** Gives 32 KiB of base64 without padding. */
const MOST_TEXT_BYTES = 24 << 10;
const ZERO = 0x30;

const inParts = <Part>(data: Buffer, most: number, part: (bytes: Buffer) => Part): readonly Part[] => {
  const parts = [part(data.subarray(0, most))];
  for (let at = most; at < data.length; at += most) parts.push(part(data.subarray(at, at + most)));
  return parts;
};

const asBytes = (channel: number, data: Buffer): Buffer => {
  const message = Buffer.allocUnsafe(1 + data.length);
  message[0] = channel;
  data.copy(message, 1);
  return message;
};

const binary = ({ text }: { readonly text: boolean }): Coding => ({
  encode: (channel, data) => inParts(data, MOST_DATA_BYTES, (bytes) => asBytes(channel, bytes)),
  decode(message, isBinary) {
    if (!isBinary && !text) return undefined;
    const [channel] = message;
    return channel === undefined ? "ignored" : { channel, data: message.subarray(1) };
  },
});

/** v5: text is an error. */
export const strictBinaryCoding: Coding = binary({ text: false });

/** Before v5 browsers send strings, whose UTF-8 is taken for the bytes. */
export const binaryCoding: Coding = binary({ text: true });

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

export const base64Coding: Coding = {
  encode: (channel, data) =>
    inParts(data, MOST_TEXT_BYTES, (bytes) => String.fromCharCode(ZERO + channel) + bytes.toString("base64")),
  decode(message) {
    const [first] = message;
    if (first === undefined) return "ignored";
    const text = message.toString("latin1", 1);
    return isBase64(text) ? { channel: first - ZERO, data: Buffer.from(text, "base64") } : undefined;
  },
};
