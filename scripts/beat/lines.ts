/** What a container of the beat writes, and what is wrong with what came of it in its log. */

/** Shell: writes `line 1` to `line <lines>`, so many at a time, and ends with `code`. A line is two writes, like many programs'. */
export const writer = (lines: number, burst: number, pauseMs: number, code: number): string =>
  `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo -n "line "; echo $i; ` +
  `[ $((i % ${burst})) -ne 0 ] || sleep ${pauseMs / 1000}; done; exit ${code}`;

/** Lines are numbered from 1: none may be missing, and none be there twice. `count`: so many there must be. */
export const wrongLines = (name: string, lines: readonly string[], count = lines.length): readonly string[] => {
  if (lines.length === 0 && count !== 0) return [`the log of ${name} is empty`];
  const wrong = lines.findIndex((line, i) => line !== `line ${i + 1}`);
  if (wrong >= 0)
    return [
      `of ${lines.length} lines of ${name}, number ${wrong + 1} is ${JSON.stringify(lines[wrong])} after ${JSON.stringify(lines[wrong - 1])}`,
    ];
  return lines.length === count ? [] : [`the log of ${name} has ${lines.length} lines of ${count}`];
};
