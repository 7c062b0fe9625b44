/** memfd_create(2): a file that is only in memory and has no name. It goes with its last descriptor. */
import { closeSync, writeSync } from "node:fs";
import { checked, declare, isErrno } from "./libc.ts";

const MFD_CLOEXEC = 0x1;
/** Linux 6.3. Where the sysctl vm.memfd_noexec is 2, it alone is allowed. */
const MFD_NOEXEC_SEAL = 0x8;

const memfdCreate = declare<(name: string, flags: number) => number>(
  "int memfd_create(const char *name, unsigned int flags)",
);

const create = (flags: number): number => checked(memfdCreate("troupe", flags), "memfd_create", "");

const createAnywhere = (): number => {
  try {
    return create(MFD_CLOEXEC | MFD_NOEXEC_SEAL);
  } catch (error) {
    if (!isErrno(error, "EINVAL")) throw error;
    return create(MFD_CLOEXEC);
  }
};

/** A descriptor, close-on-exec, from which `content` is read from the begin. The caller closes it. */
export const memoryFile = (content: string): number => {
  const fd = createAnywhere();
  try {
    const bytes = Buffer.from(content);
    // With a position, which leaves the descriptor's own at 0.
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, at);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};
