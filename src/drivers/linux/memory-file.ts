/** memfd_create(2): a file that is only in memory and has no name. It goes with its last descriptor. */
import { closeSync, writeSync } from "node:fs";
import { sealContent, sealForever } from "./descriptor.ts";
import { checked, declare, isErrno } from "./libc.ts";

const MFD_CLOEXEC = 0x1;
const MFD_ALLOW_SEALING = 0x2;
// Both since Linux 6.3. Where the sysctl vm.memfd_noexec is 2, the first alone is allowed.
const MFD_NOEXEC_SEAL = 0x8;
const MFD_EXEC = 0x10;

const memfdCreate = declare<(name: string, flags: number) => number>(
  "int memfd_create(const char *name, unsigned int flags)",
);

const create = (flags: number): number => checked(memfdCreate("troupe", MFD_CLOEXEC | flags), "memfd_create", "");

/** `recent`: a flag that an older kernel knows nothing of, and does without. */
const createAnywhere = (flags: number, recent: number): number => {
  try {
    return create(flags | recent);
  } catch (error) {
    if (!isErrno(error, "EINVAL")) throw error;
    return create(flags);
  }
};

const filled = (fd: number, bytes: Uint8Array): number => {
  try {
    // With a position, which leaves the descriptor's own at 0.
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, at);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

/** A descriptor, close-on-exec, from which `content` is read from the begin. The caller closes it. */
export const memoryFile = (content: string): number => filled(createAnywhere(0, MFD_NOEXEC_SEAL), Buffer.from(content));

/** The same for whoever maps what others give it. No other seals: some that take it, journald among them, want just these. */
export const sealedMessage = (content: Uint8Array): number => {
  const fd = filled(create(MFD_ALLOW_SEALING), content);
  sealContent(fd);
  return fd;
};

/** The same of a program, to be executed by `/proc/self/fd/N` and never to be changed by anybody. Throws a SystemError. */
export const sealedFile = (program: Uint8Array): number => {
  const fd = filled(createAnywhere(MFD_ALLOW_SEALING, MFD_EXEC), program);
  sealForever(fd);
  return fd;
};
