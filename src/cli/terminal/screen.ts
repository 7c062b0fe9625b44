/** The terminal that a command writes to: its width, and whether it takes colours. */

export type Style = "stuck" | "busy" | "quiet" | "title";

export interface Screen {
  readonly width: number;
  /** Colours say nothing that the words do not say. */
  paint(style: Style, text: string): string;
}

const CODES: Readonly<Record<Style, string>> = { stuck: "1;31", busy: "33", quiet: "2", title: "1" };

/** Without a terminal no line is broken: programs look for words in them. */
const PIPE_WIDTH = 10_000;
const LEAST_WIDTH = 20;
/** Of a terminal that does not know its own. */
const TERMINAL_WIDTH = 80;

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** `env`: NO_COLOR and TERM=dumb are obeyed, and COLUMNS where there is no terminal to ask. */
export const screenOf = ({ isTTY = false, columns }: Output, env: NodeJS.ProcessEnv): Screen => {
  const colourful = isTTY && env["TERM"] !== "dumb" && !env["NO_COLOR"];
  const asked = columns || Number(env["COLUMNS"] ?? (isTTY ? TERMINAL_WIDTH : PIPE_WIDTH));
  return {
    width: Number.isInteger(asked) && asked > 0 ? Math.max(LEAST_WIDTH, asked) : PIPE_WIDTH,
    paint: (style, text) => (colourful && text !== "" ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text),
  };
};
