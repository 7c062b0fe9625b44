/** An image's own /etc/passwd and /etc/group, read inside its root filesystem. No NSS: what counts is what these files say. */
import { Invalid } from "../../../errors.ts";
import { readInRoot } from "../../linux/openat2.ts";

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Read on first use; files that are missing are empty. */
export interface Accounts {
  users(): readonly Account[];
  groups(): readonly Group[];
}

const FILE_BYTES = 4 * 1024 * 1024;

/** Throws Invalid for a file larger than 4 MiB: an image must not fill the daemon's memory. */
export const accountsIn = (rootfs: string): Accounts => ({
  users: () => parseUsers(read(rootfs, "/etc/passwd")),
  groups: () => parseGroups(read(rootfs, "/etc/group")),
});

const read = (rootfs: string, path: string): string => {
  try {
    return readInRoot(rootfs, path, FILE_BYTES)?.toString() ?? "";
  } catch (error) {
    if (error instanceof RangeError) throw new Invalid(`the image's ${error.message}`, error);
    throw error;
  }
};

/** passwd(5). Lines that are not of that form are passed over. */
export const parseUsers = (text: string): readonly Account[] =>
  records(text, 4).flatMap(([name = "", , uid = "", gid = ""]) => {
    const account = { name, uid: Number(uid), gid: Number(gid) };
    return isId(uid) && isId(gid) ? [account] : [];
  });

/** group(5). */
export const parseGroups = (text: string): readonly Group[] =>
  records(text, 3).flatMap(([name = "", , gid = "", members = ""]) =>
    isId(gid) ? [{ name, gid: Number(gid), members: members.split(",").filter(Boolean) }] : [],
  );

const records = (text: string, fields: number): string[][] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"))
    .filter((parts) => parts.length >= fields);

/** A decimal number as user and group ids are written. */
export const isId = (text: string): boolean => /^\d+$/.test(text);
