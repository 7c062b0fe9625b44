/** Fields of requests, read with care: what cannot be meant is Invalid, in a sentence that begins with the field's name. */
import { isAbsolute } from "node:path";
import { Invalid, quoted as quotedWhole } from "../../errors.ts";
import type { Int64 } from "../draft.ts";

/** A value as it may stand in a message: quoted, and not longer than a line. */
export const quoted = (value: unknown): string => quotedWhole(value, 80);

export const present = <Message>(field: string, message: Message | null): Message => {
  if (message === null) throw new Invalid(`${field} is missing`);
  return message;
};

export const notEmpty = (field: string, value: string): string => {
  if (value === "") throw new Invalid(`${field} is empty`);
  return value;
};

// Kubernetes' own names are far stricter; these would leave a path, a line, or the list of arguments of a CNI plugin.
// oxlint-disable-next-line no-control-regex
const unsafeInNames = /[/;\u0000-\u001f\u007f]/;

/** A name or uid: not empty, at most 253 bytes, nothing in it that has a meaning in paths and lists. */
export const safeName = (field: string, value: string): string => {
  notEmpty(field, value);
  if (Buffer.byteLength(value) > 253)
    throw new Invalid(`${field} has ${Buffer.byteLength(value)} bytes, more than the 253 that a name may have`);
  if (unsafeInNames.test(value) || value === "." || value === "..")
    throw new Invalid(
      `${field} is ${quoted(value)}: a name has no "/", ";" or control characters and is not "." or ".."`,
    );
  return value;
};

const hasParent = (path: string): boolean => path.split("/").includes("..");

export const noNul = (field: string, value: string): string => {
  if (value.includes("\0")) throw new Invalid(`${field} has a NUL character: ${quoted(value)}`);
  return value;
};

/** One line of text: it will stand in a file of lines. */
export const oneLine = (field: string, value: string): string => {
  if (/[\n\r\0]/.test(value)) throw new Invalid(`${field} is not one line: ${quoted(value)}`);
  return value;
};

// PATH_MAX with its NUL, and NAME_MAX: what is longer no system call takes.
const longestPath = 4095;
const longestName = 255;

/** A path that the kernel can be told. */
export const shortPath = (field: string, path: string, most = longestPath): string => {
  const bytes = Buffer.byteLength(noNul(field, path));
  if (bytes > most) throw new Invalid(`${field} has ${bytes} bytes, more than the ${most} that such a path may have`);
  const long = path.split("/").find((name) => Buffer.byteLength(name) > longestName);
  if (long !== undefined)
    throw new Invalid(
      `${field} has a name of ${Buffer.byteLength(long)} bytes in it, more than the ${longestName} that Linux takes`,
    );
  return path;
};

export const absolutePath = (field: string, path: string): string => {
  if (!isAbsolute(noNul(field, path))) throw new Invalid(`${field} is ${quoted(path)}, which is no absolute path`);
  return shortPath(field, path);
};

/** Absolute and without `..`, or empty. */
export const optionalDirectory = (field: string, path: string): string => {
  if (path === "") return path;
  if (hasParent(absolutePath(field, path))) throw new Invalid(`${field} is ${quoted(path)}: ".." is not allowed in it`);
  return path;
};

/** Relative and staying inside, or empty. */
export const insidePath = (field: string, path: string): string => {
  if (isAbsolute(noNul(field, path)) || hasParent(path))
    throw new Invalid(`${field} is ${quoted(path)}: it must be relative and stay inside its folder`);
  return shortPath(field, path);
};

export const inRange = (field: string, value: number, least: number, most: number): number => {
  if (value < least || value > most) throw new Invalid(`${field} is ${value}, which is not within ${least} to ${most}`);
  return value;
};

/** A 64-bit integer as a number; Invalid where a number cannot hold it, too. */
export const integer = (field: string, value: Int64, least: number, most = Number.MAX_SAFE_INTEGER): number => {
  const exact = BigInt(value);
  if (exact < BigInt(least) || exact > BigInt(most))
    throw new Invalid(`${field} is ${value}, which is not within ${least} to ${most}`);
  return Number(exact);
};

/** What `meanings` has for the number of an enum. */
export const meaning = <Value>(field: string, value: number, meanings: Readonly<Record<number, Value>>): Value => {
  const found = meanings[value];
  if (found === undefined) throw new Invalid(`${field} is ${value}, which has no meaning here`);
  return found;
};

// Lists carry them for all objects at once, and clients take 16 MiB. Twice what the API server lets an object have.
const mostMarks = 512 * 1024;

type Marks = Readonly<Record<string, string>>;

const bytesOf = (marks: Marks): number =>
  Object.entries(marks).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);

/** Labels and annotations. Throws Invalid for more than lists can carry. */
export const marks = ({
  labels,
  annotations,
}: {
  readonly labels: Marks;
  readonly annotations: Marks;
}): { readonly labels: Marks; readonly annotations: Marks } => {
  for (const [field, given] of Object.entries({ labels, annotations })) {
    const bytes = bytesOf(given);
    if (bytes > mostMarks)
      throw new Invalid(
        `config.${field} have ${bytes} bytes in all, more than the ${mostMarks} that lists of many objects have room for`,
      );
  }
  return { labels, annotations };
};
