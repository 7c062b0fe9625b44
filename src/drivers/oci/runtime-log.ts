/**
 * What an OCI runtime left in the file of one call: JSON lines by its `--log-format json`, and plain lines where that file
 * was its stderr too (a panic, a loader's complaint).
 */

interface Line {
  readonly level: string;
  readonly words: string;
}

/** The words of the reason of a failure; empty: it left none. Of a killed or foreign writer, half lines are taken as words. */
export const lastError = (logText: string): string => {
  const lines = logText
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(readLine);
  const failed = lines.findLast(({ level }) => level === "error");
  // runc: nsexec, its first stage in C, logs its reason as fatal, before the error in Go that only says that it died.
  const fatal = lines.findLast(({ level }) => level === "fatal");
  if (failed && fatal) return `${failed.words} (${fatal.words})`;
  return (failed ?? fatal ?? lines.findLast(({ level }) => level === "plain"))?.words ?? "";
};

const readLine = (line: string): Line => {
  try {
    const { level, msg }: { level?: unknown; msg?: unknown } = JSON.parse(line);
    if (typeof level === "string" && typeof msg === "string") return { level, words: msg.trim() };
  } catch {
    // Not JSON.
  }
  return { level: "plain", words: line.trim() };
};
