/**
 * What programs said of themselves and what was tried of this host, kept for this boot: a daemon that starts again has it at
 * once, instead of running each program to hear it once more.
 */
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { replaceFile } from "./replace-file.ts";

export interface Answers {
  /** What was answered before; else what `ask` comes to, which is kept unless it rejects or is undefined. Without a question: asked. */
  to<Answer extends string | undefined>(
    question: string | undefined,
    ask: () => Promise<Answer>,
  ): Promise<Answer | string>;
}

export const nothingKept: Answers = { to: (_, ask) => ask() };

/** `file` is on a memory file system. One that cannot be read or written is as if there were none: then everybody is asked. */
export const keptAnswers = (file: string): Answers => {
  const kept = read(file);
  return {
    async to(question, ask) {
      if (question === undefined) return ask();
      const known = kept.get(question);
      if (known !== undefined) return known;
      const answer = await ask();
      if (answer === undefined) return answer;
      kept.set(question, answer);
      write(file, kept);
      return answer;
    },
  };
};

/**
 * A question to this very program: another file in its place has not answered it. Undefined for a script, which may run
 * another program by now, and for what is no file.
 */
export const questionTo = (path: string, words: string): string | undefined => {
  try {
    if (!isBinary(path)) return undefined;
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [path, dev, ino, size, mtimeNs, ctimeNs, words].join(" ");
  } catch {
    return undefined; // whoever runs it says what is wrong with it
  }
};

const ELF = Buffer.from("\x7fELF");

const isBinary = (path: string): boolean => {
  const begin = Buffer.alloc(ELF.length);
  const file = openSync(path, "r");
  try {
    return readSync(file, begin) === ELF.length && begin.equals(ELF);
  } finally {
    closeSync(file);
  }
};

const read = (file: string): Map<string, string> => {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    const entries = content !== null && typeof content === "object" ? Object.entries(content) : [];
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return new Map();
  }
};

const write = (file: string, kept: ReadonlyMap<string, string>): void => {
  try {
    replaceFile(file, JSON.stringify(Object.fromEntries(kept)));
  } catch {
    // Full, or read-only: the next daemon asks.
  }
};
