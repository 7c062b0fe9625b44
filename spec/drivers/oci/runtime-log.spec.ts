import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lastError } from "../../../src/drivers/oci/runtime-log.ts";

const line = (level: string, msg: string): string =>
  `${JSON.stringify({ level, msg, time: "2026-11-21T11:00:32Z" })}\n`;

describe("the log of one call of an OCI runtime", () => {
  it("gives its last error, not what was said around it", () => {
    const log =
      line("error", "first") + line("warning", "careful") + line("error", "last") + line("warning", "by the way");
    assert.equal(lastError(log), "last");
  });

  it("gives the reason of runc's first stage behind the error that it led to", () => {
    const log =
      line("fatal", "nsexec[7]: Permission denied") + line("error", "can't get final child's PID from pipe: EOF");
    assert.equal(lastError(log), "can't get final child's PID from pipe: EOF (nsexec[7]: Permission denied)");
  });

  it("gives the last plain line where the program itself fell over", () => {
    assert.equal(lastError("panic: oh\ngoroutine 1\n\n"), "goroutine 1");
    assert.equal(lastError(`{"level":"err`), `{"level":"err`);
  });

  it("gives nothing for warnings alone, and for nothing", () => {
    assert.equal(lastError(line("warning", "careful")), "");
    assert.equal(lastError(""), "");
  });
});
