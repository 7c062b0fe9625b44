/** Lines for stderr, written together with what else is said in the same turn of the event loop: a write each would cost more. */
export interface LogLines {
  write(line: string): void;
  /** What was not written yet. */
  flush(): void;
}

export const logLines = (out: (text: string) => void): LogLines => {
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length === 0) return;
    const text = `${lines.join("\n")}\n`;
    lines = [];
    out(text);
  };
  return {
    write(line) {
      if (lines.push(line) === 1) setImmediate(flush);
    },
    flush,
  };
};
