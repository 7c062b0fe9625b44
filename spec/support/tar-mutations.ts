/** Archives that were honest once: bytes flipped, numbers replaced, blocks gone or doubled, and checksums mostly made right again. */

type Chance = (below: number) => number;

const BLOCK = 512;
/** Where a header has a number or a name, and how long it is. */
const fields = [
  [0, 100],
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [136, 12],
  [157, 100],
  [257, 8],
  [329, 8],
  [337, 8],
  [345, 155],
  [386, 96],
  [482, 1],
  [483, 12],
] as const;
const values = [
  "0",
  "7",
  "777",
  "0000001",
  "77777777777",
  "-1",
  "9",
  "1e9",
  " 12 ",
  "12\0 3",
  "",
  "\x80\0\0\0\0\0\0\0\0\0\x01\0",
  "\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
  "../x",
  "/",
  "a\0b",
  "ustar\0",
  "ustar  \0",
];
const types = "\u000001234567xgLKSVDMNAZ".split("");

export const mutated = (archive: Buffer, chance: Chance): Buffer => {
  let bytes: Buffer = Buffer.from(archive);
  for (let left = 1 + chance(2); left > 0; left -= 1) bytes = mutateOnce(bytes, chance);
  return bytes;
};

const mutateOnce = (bytes: Buffer, chance: Chance): Buffer => {
  const blocks = Math.max(1, bytes.length / BLOCK);
  const at = chance(blocks) * BLOCK;
  switch (chance(20)) {
    case 0:
      return bytes.subarray(0, chance(bytes.length + 1));
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + BLOCK)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at + BLOCK), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(BLOCK), bytes.subarray(at)]);
    case 4:
      bytes[chance(bytes.length)] = chance(256);
      return bytes;
    case 5:
    case 6:
    case 7:
      return mutateRecord(bytes, chance);
    default:
      return mutateHeader(bytes, headerAt(bytes, at), chance);
  }
};

/** The nearest block from there on that looks like a header. */
const headerAt = (bytes: Buffer, from: number): number => {
  for (let at = from; at < bytes.length; at += BLOCK)
    if (bytes.toString("latin1", at + 257, at + 262) === "ustar") return at;
  return 0;
};

const mutateHeader = (bytes: Buffer, at: number, chance: Chance): Buffer => {
  if (bytes.length < at + BLOCK) return bytes;
  if (chance(4) === 0) bytes.write(types[chance(types.length)] ?? "", at + 156, "latin1");
  else {
    const [offset, length] = fields[chance(fields.length)] ?? [0, 100];
    const value = values[chance(values.length)] ?? "";
    bytes.write(value.slice(0, length), at + offset, "latin1");
    if (value.length < length && chance(2) === 0) bytes.fill(0, at + offset + value.length, at + offset + length);
  }
  if (chance(10) > 0) setChecksum(bytes, at);
  return bytes;
};

/** One byte of a pax record, where there is one. */
const mutateRecord = (bytes: Buffer, chance: Chance): Buffer => {
  const at = bytes.indexOf("=", chance(bytes.length + 1));
  if (at > 0)
    bytes[Math.max(0, at - 8 + chance(24))] = [0x30, 0x39, 0x20, 0x0a, 0x3d, 0x2c, 0, 0x2d, 0x2e][chance(9)] ?? 0;
  return bytes;
};

const setChecksum = (bytes: Buffer, at: number): void => {
  bytes.fill(" ", at + 148, at + 156);
  const sum = bytes.subarray(at, at + BLOCK).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
};
