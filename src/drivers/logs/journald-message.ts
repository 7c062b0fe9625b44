/**
 * journald's native protocol (systemd, JOURNAL_NATIVE_PROTOCOL): a message is fields, `NAME=value` and a newline each; a value
 * with a newline of its own goes after its length instead, as 64 bits, little-endian. Pure: texts in, bytes out.
 */
import type { Stream } from "./cri-format.ts";

/** syslog's info and err, as conmon has them; warning for what we say ourselves. */
const PRIORITIES: Readonly<Record<Stream | "notice", number>> = { stdout: 6, stderr: 3, notice: 4 };
const SHORT_ID = 12;
const RETURN = 0x0d;

/** One field. */
export const field = (name: string, value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  if (!bytes.includes("\n")) return Buffer.concat([Buffer.from(`${name}=`), bytes, Buffer.from("\n")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from("\n")]);
};

/** What all messages of one stream of a container have in common; the fields are conmon's. */
export const fieldsOf = (id: string, name: string, stream: Stream | "notice"): Buffer =>
  Buffer.concat([
    field("CONTAINER_ID_FULL", id),
    field("CONTAINER_ID", id.slice(0, SHORT_ID)),
    field("CONTAINER_NAME", name),
    field("SYSLOG_IDENTIFIER", name),
    field("PRIORITY", String(PRIORITIES[stream])),
  ]);

const PARTIAL = field("CONTAINER_PARTIAL_MESSAGE", "true");

/** Of a line without its newline; of the line end CR LF, which terminals make, nothing is left. */
export const messageOf = (fields: Buffer, line: Buffer, isPartial: boolean): Buffer => {
  const text = !isPartial && line.at(-1) === RETURN ? line.subarray(0, -1) : line;
  return Buffer.concat([fields, ...(isPartial ? [PARTIAL] : []), field("MESSAGE", text)]);
};
