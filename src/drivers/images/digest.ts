/** Digests, `algorithm:hex`. Nothing becomes a path or a URL before it has been through here (CVE-2024-3727). */
import { createHash, type Hash } from "node:crypto";
import { Failed } from "../../errors.ts";
import type { Digest } from "../../vocabulary/index.ts";
import { told } from "./json-object.ts";

const lengths = new Map([
  ["sha256", 64],
  ["sha512", 128],
]);

export const isDigest = (text: string): text is Digest => {
  const [algorithm = "", hex = "", ...rest] = text.split(":");
  return rest.length === 0 && hex.length === lengths.get(algorithm) && /^[0-9a-f]+$/.test(hex);
};

/** Throws Failed, for what a registry said; `what` says which digest it is. */
export const parseDigest = (value: unknown, what: string): Digest => {
  if (typeof value === "string" && isDigest(value)) return value;
  throw new Failed(`${what} is no digest: ${told(value)}`);
};

export const algorithmOf = (digest: string): string => digest.slice(0, digest.indexOf(":"));
export const hexOf = (digest: string): string => digest.slice(digest.indexOf(":") + 1);

/** A running hash of the same kind as `digest`. */
export const hasherFor = (digest: string): Hash => createHash(algorithmOf(digest));

/** The digest of `bytes`, of the same kind as `like` (default: sha256). */
export const digestOf = (bytes: Uint8Array, like = "sha256:"): Digest =>
  `${algorithmOf(like)}:${hasherFor(like).update(bytes).digest("hex")}` as Digest;
