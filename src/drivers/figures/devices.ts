/** What a cgroup has read from and written to block devices, and how these are called. */
import { readlinkSync } from "node:fs";
import { posix } from "node:path";
import type { DeviceFigures } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";

const names = new Map<string, string>();
/** Disks come and go, loop devices by the thousand. */
const MOST_NAMES = 1000;

/** `8:0` → `/dev/sda`, asked of sysfs; "": it has no such device any more. */
const nameOf = (device: string): string => {
  const known = names.get(device);
  if (known !== undefined) return known;
  if (names.size >= MOST_NAMES) names.clear();
  const name = linkOf(device);
  names.set(device, name);
  return name;
};

const linkOf = (device: string): string => {
  try {
    return `/dev/${posix.basename(readlinkSync(`/sys/dev/block/${device}`))}`;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "";
    throw error;
  }
};

type Counts = Omit<DeviceFigures, "name" | "major" | "minor">;

const figuresOf = (device: string, counts: Counts): DeviceFigures => {
  const [major = "", minor = ""] = device.split(":");
  return { name: nameOf(device), major, minor, ...counts };
};

/** v2, io.stat: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0`, or a device alone that did nothing. */
export const devicesIn = (text: string): readonly DeviceFigures[] =>
  text.split("\n").flatMap((line) => {
    const [device = "", ...fields] = line.split(" ");
    const values = new Map(fields.map((field) => field.split("=", 2) as [string, string]));
    if (!values.has("rbytes")) return [];
    const value = (key: string): number => Number(values.get(key) ?? 0);
    const counts = { readBytes: value("rbytes"), writtenBytes: value("wbytes") };
    return [figuresOf(device, { ...counts, reads: value("rios"), writes: value("wios") })];
  });

/** v1, two files of lines `8:0 Read 4096`. */
export const legacyDevicesIn = (bytes: string, operations: string): readonly DeviceFigures[] => {
  const [moved, done] = [valuesIn(bytes), valuesIn(operations)];
  const devices = new Set([...moved.keys()].map((key) => key.split(" ")[0] ?? ""));
  return [...devices].map((device) =>
    figuresOf(device, {
      readBytes: moved.get(`${device} Read`) ?? 0,
      writtenBytes: moved.get(`${device} Write`) ?? 0,
      reads: done.get(`${device} Read`) ?? 0,
      writes: done.get(`${device} Write`) ?? 0,
    }),
  );
};

const valuesIn = (text: string): ReadonlyMap<string, number> =>
  new Map(
    [...text.matchAll(/^(\d+:\d+ \w+) (\d+)$/gm)].map(([, key = "", value]): [string, number] => [key, Number(value)]),
  );
