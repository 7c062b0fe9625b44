/** The first process of a container, found from outside. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { processesWith } from "../../support/daemon.ts";

/** `mark`: words that end up in a shell's command line. */
export const initOf = (mark: string): number => {
  const [pid] = processesWith(mark).filter((pid) =>
    /^NSpid:\t\d+\t1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8")),
  );
  assert.ok(pid, `a container's init with ${mark}`);
  return pid;
};
