/** What the images of `pull` are full of: files of seeded bytes that are packed about as well as those of real images. */
import { tar, type TarFile } from "../../spec/support/tar.ts";
import { numbersFrom } from "./statistics.ts";

/** Longer than the windows of gzip and zstd: what is taken from it twice is packed twice. */
const POOL_BYTES = 32 << 20;
const words = 4096;
const perDirectory = 25;

export interface LayerShape {
  readonly files: number;
  /** Mean of a file's size; the sizes are spread exponentially. */
  readonly meanBytes: number;
}

/** Words in no order, as common as in a text, and every now and then bytes that cannot be packed. */
const pool = (): Buffer => {
  const next = numbersFrom(9);
  const letters = (length: number): Buffer => Buffer.from(Array.from({ length }, () => 97 + Math.floor(next() * 26)));
  const vocabulary = Array.from({ length: words }, () => letters(3 + Math.floor(next() * 9)));
  const bytes = Buffer.alloc(POOL_BYTES);
  for (let at = 0; at < bytes.length;) {
    const word = vocabulary[Math.floor(next() ** 2 * words)]!;
    at += word.copy(bytes, at);
    if (at < bytes.length && next() < 0.4) bytes[at++] = Math.floor(next() * 256);
  }
  return bytes;
};

let made: Buffer | undefined;

/** The tar of one layer; the same for the same seed, and another for another in all of its files. */
export const layerTar = (seed: number, { files, meanBytes }: LayerShape): Buffer => {
  const content = (made ??= pool());
  const next = numbersFrom(seed);
  const file = (number: number): TarFile => {
    const size = Math.min(Math.floor(-Math.log(1 - next()) * meanBytes), content.length >> 1);
    const from = Math.floor(next() * (content.length - size));
    const name = `usr/lib/of-${seed}/${Math.floor(number / perDirectory)}/file-${number}`;
    return {
      name,
      mode: number % 8 === 0 ? 0o755 : 0o644,
      mtime: 1_700_000_000,
      content: content.subarray(from, from + size),
    };
  };
  const directories = Array.from({ length: Math.ceil(files / perDirectory) }, (_, at) => `usr/lib/of-${seed}/${at}/`);
  return tar([
    ...["usr/", "usr/lib/", `usr/lib/of-${seed}/`, ...directories].map((name) => ({ name, type: "5" })),
    ...Array.from({ length: files }, (_, number) => file(number)),
  ]);
};
