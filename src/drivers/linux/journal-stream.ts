/** Whether what this program writes goes to journald: sd-journal-print's protocol for services, systemd.exec(5). */
import { fstatSync } from "node:fs";

/** `JOURNAL_STREAM` names the device and inode of the stream, for a service's programs inherit it with another stderr too. */
export const isJournalStream = (env: NodeJS.ProcessEnv, descriptor: number): boolean => {
  const [, device, inode] = /^(\d+):(\d+)$/.exec(env["JOURNAL_STREAM"] ?? "") ?? [];
  if (device === undefined || inode === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return dev === BigInt(device) && ino === BigInt(inode);
  } catch {
    return false; // it is closed
  }
};
