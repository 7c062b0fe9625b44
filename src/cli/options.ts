/** Options of the commands, strictly: an unknown one is a usage error. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { Invalid } from "../errors.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Values of `options` in `args`, and the words besides. Throws Invalid. */
export const parse = (
  args: readonly string[],
  options: Options,
): { readonly values: Readonly<Record<string, unknown>>; readonly words: readonly string[] } => {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return { values, words: positionals };
  } catch (error) {
    throw new Invalid(error instanceof Error ? error.message : String(error), error);
  }
};
