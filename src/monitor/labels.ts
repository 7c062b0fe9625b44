/**
 * SELinux labels of the FIFOs that become a container's standard streams: under its policy a container may use only what bears its
 * own label for files, and a FIFO has that of the directory in which it was made.
 */
import { existsSync, readFileSync } from "node:fs";
import { setXattrOf } from "../drivers/linux/xattrs.ts";
import { configFile } from "../drivers/oci/bundle-files.ts";

export type LabelStreams = (bundle: string, fifos: readonly string[]) => void;

const ATTRIBUTE = "security.selinux";

/** The label is the one in the bundle's configuration; without one, and where SELinux is off, nothing is done. */
export const labelStreams =
  (isOn = existsSync("/sys/fs/selinux/enforce")): LabelStreams =>
  (bundle, fifos) => {
    if (!isOn) return;
    const { linux }: { linux?: { mountLabel?: string } } = JSON.parse(readFileSync(configFile(bundle), "utf8"));
    // The kernel's own form ends with a NUL.
    if (linux?.mountLabel) for (const fifo of fifos) setXattrOf(fifo, ATTRIBUTE, `${linux.mountLabel}\0`);
  };
