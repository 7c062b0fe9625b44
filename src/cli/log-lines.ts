/**
 * Lines for stderr, written together with what else is said in the same turn of the event loop: a write each would cost more.
 * Nobody waits for whoever reads them: what a pipe does not take waits in memory up to a bound, and beyond it lines are lost,
 * which is said when there is room again.
 */
export interface LogLines {
  write(line: string): void;
  /** What was not written yet. */
  flush(): void;
}

export interface LogOutput {
  write(text: string): void;
  /** Bytes that the reader has not taken yet. */
  waiting(): number;
  /** Told, when there is room again, how many lines were not written. */
  lost(lines: number): void;
}

const MOST_WAITING_BYTES = 1 << 20;

export const logLines = (output: LogOutput, most = MOST_WAITING_BYTES): LogLines => {
  let lines: string[] = [];
  let lost = 0;
  const flush = (): void => {
    if (lines.length === 0) return;
    if (output.waiting() > most) {
      lost += lines.length;
      lines = [];
      return;
    }
    const text = `${lines.join("\n")}\n`;
    const missing = lost;
    [lines, lost] = [[], 0];
    output.write(text);
    if (missing > 0) output.lost(missing);
  };
  return {
    write(line) {
      if (lines.push(line) === 1) setImmediate(flush);
    },
    flush,
  };
};
