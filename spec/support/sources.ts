/** The sources of this repository as data, for specs about its shape: their lines, and what each imports. */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Import {
  /** As it is written: `node:fs`, `xstate`, `../errors.ts`. */
  readonly specifier: string;
  /** Of a file of ours: its path from the root, `src/errors.ts`. */
  readonly file?: string;
  /** Gone when the program runs. */
  readonly typeOnly: boolean;
}

export interface Source {
  /** From the root: `src/machines/container.ts`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Names of the programs that it starts beside itself, as paths from the root. */
  readonly programs: readonly string[];
}

const textual = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/;
const commentOrText = new RegExp(`${textual.source}|/\\*[\\s\\S]*?\\*/|//.*`, "g");

/** A text without its comments; without what its strings say too, where `strings` is false. */
export const codeOf = (text: string, { strings }: { strings: boolean }): string =>
  text.replaceAll(commentOrText, (found) => (found.startsWith("/") ? " " : strings ? found : '""'));

const importsOf = (path: string, code: string): Import[] => {
  const statements = code.matchAll(
    /\b(import|export)\s+(type\b)?[^;"]*?\bfrom\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g,
  );
  return [...statements].map(([, , type, from, plain]) => {
    const specifier = from ?? plain ?? "";
    const file = specifier.startsWith(".") ? { file: join(dirname(path), specifier) } : {};
    return { specifier, ...file, typeOnly: type !== undefined };
  });
};

const read = (file: string): Source => {
  const path = relative(root, file);
  const text = readFileSync(file, "utf8");
  const code = codeOf(text, { strings: true });
  const programs = [...code.matchAll(/\bprogram\("([^"]+)", import\.meta\.url\)/g)];
  return {
    path,
    text,
    lines: text.trimEnd().split("\n").length,
    imports: importsOf(path, code),
    programs: programs.map(([, name]) => join(dirname(path), `${name}.ts`)),
  };
};

/** Every `.ts` file below a folder of the root, by its path. */
export const sourcesIn = (folder: string): readonly Source[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => read(join(root, folder, file)))
    .toSorted((one, other) => (one.path < other.path ? -1 : 1));
