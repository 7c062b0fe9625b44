/**
 * The server of a file system in user space that answers when it is told to (`stuck-mount.ts`): every name that has a dot is a
 * file, which takes whatever is written, and every other an empty directory. `node stuck-server.ts MOUNTPOINT`, with an IPC channel.
 *
 * A request that was read and is not answered is what a dead NFS is: who made it sleeps in the kernel, and SIGKILL does not end
 * that. One that nobody has read could be killed. When this process ends, the kernel ends the connection and all sleepers wake up.
 */
import { constants, openSync, read, readFileSync, writeSync } from "node:fs";
import { mount } from "../../src/drivers/linux/mount.ts";

/** `held` absent: everything is answered; else everything but what these programs (/proc/PID/comm) ask, if any are named. */
export type Order = { readonly answer: true } | { readonly hold: { readonly allBut: readonly string[] } };
/** How many requests wait; after each order and each change. */
export interface News {
  readonly held: number;
}

const OP = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  mkdir: 9,
  open: 14,
  write: 16,
  statfs: 17,
  init: 26,
  opendir: 27,
};
const UNANSWERED = new Set([OP.forget, 36, 42]); // 36 tells of a signal, 42 is many of `forget`
const EMPTY = new Set([15, 18, 20, 25, 28, 29, 30, 34]); // read, release, fsync, flush, readdir …: nothing more to say
const ENOSYS = 38;
const [FILE, DIRECTORY] = [0o100644, 0o040755];
const REQUEST_BYTES = 256 * 1024;

const [, , at = ""] = process.argv;
const device = openSync("/dev/fuse", constants.O_RDWR);
mount("stuck", at, "fuse", 0, `fd=${device},rootmode=40000,user_id=0,group_id=0,allow_other`);

const nodes = new Map<bigint, number>([[1n, DIRECTORY]]);
const names = new Map<string, bigint>();
let order: Order = { answer: true };
let held: Buffer[] = [];

const nodeOf = (parent: bigint, name: string): bigint => {
  const key = `${parent}/${name}`;
  const node = names.get(key) ?? BigInt(nodes.size + 1);
  names.set(key, node);
  nodes.set(node, name.includes(".") ? FILE : DIRECTORY);
  return node;
};

/** struct fuse_attr. */
const attributes = (node: bigint): Buffer => {
  const attr = Buffer.alloc(88);
  attr.writeBigUInt64LE(node, 0);
  attr.writeUInt32LE(nodes.get(node) ?? DIRECTORY, 60);
  attr.writeUInt32LE(2, 64);
  attr.writeUInt32LE(4096, 80);
  return attr;
};

/** Nothing is valid for any time: the kernel asks again at each look. */
const entry = (node: bigint): Buffer => {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(node, 0);
  return Buffer.concat([head, attributes(node)]);
};

const initialized = (): Buffer => {
  const out = Buffer.alloc(64);
  for (const [value, offset] of [
    [7, 0],
    [31, 4],
    [128 * 1024, 20],
    [1, 24],
  ] as const)
    out.writeUInt32LE(value, offset);
  return out;
};

const answerOf = (opcode: number, request: Buffer): Buffer | undefined => {
  const node = request.readBigUInt64LE(16);
  const body = request.subarray(40);
  const name = (from: number): string => body.toString("utf8", from, body.indexOf(0, from));
  switch (opcode) {
    case OP.init:
      return initialized();
    case OP.lookup:
      return entry(nodeOf(node, name(0)));
    case OP.mkdir:
      return entry(nodeOf(node, name(8)));
    case OP.getattr:
    case OP.setattr:
      return Buffer.concat([Buffer.alloc(16), attributes(node)]);
    case OP.open:
    case OP.opendir:
      return Buffer.alloc(16);
    case OP.write: {
      const out = Buffer.alloc(8);
      out.writeUInt32LE(body.readUInt32LE(16), 0);
      return out;
    }
    case OP.statfs:
      return Buffer.alloc(80);
    default:
      return EMPTY.has(opcode) ? Buffer.alloc(0) : undefined;
  }
};

const answer = (request: Buffer): void => {
  const opcode = request.readUInt32LE(4);
  if (UNANSWERED.has(opcode)) return;
  const body = answerOf(opcode, request);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + (body?.length ?? 0), 0);
  head.writeInt32LE(body ? 0 : -ENOSYS, 4);
  request.copy(head, 8, 8, 16);
  try {
    writeSync(device, body ? Buffer.concat([head, body]) : head);
  } catch {
    // Who asked has been ended meanwhile (ENOENT).
  }
};

const programOf = (request: Buffer): string => {
  try {
    return readFileSync(`/proc/${request.readUInt32LE(32)}/comm`, "utf8").trim();
  } catch {
    return "";
  }
};

const isHeld = (request: Buffer): boolean => {
  const opcode = request.readUInt32LE(4);
  if ("answer" in order || opcode === OP.init || UNANSWERED.has(opcode)) return false;
  return !order.hold.allBut.includes(programOf(request));
};

const tell = (): void => void process.send?.({ held: held.length } satisfies News);

const take = (): void => {
  const request = Buffer.alloc(REQUEST_BYTES);
  read(device, request, 0, REQUEST_BYTES, null, (error, length) => {
    if (error?.code === "ENODEV") process.exit(0); // unmounted
    if (!error) {
      const whole = request.subarray(0, length);
      if (isHeld(whole)) {
        held.push(whole);
        tell();
      } else answer(whole);
    }
    take();
  });
};

process.on("message", (given: Order) => {
  order = given;
  if ("answer" in order) for (const request of held.splice(0)) answer(request);
  tell();
});
process.on("disconnect", () => process.exit(0));
take();
tell();
