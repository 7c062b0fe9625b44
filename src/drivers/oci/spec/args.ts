/** The command line and working directory of a container, of pod and image together. */
import { Invalid } from "../../../errors.ts";
import type { ContainerConfig, ImageConfig } from "../../../vocabulary/index.ts";

/**
 * CRI: a command of the pod replaces entrypoint and cmd of the image; args alone replace cmd only.
 * Throws Invalid where neither names a command, or a word cannot be passed to a program.
 */
export const args = (
  { command, args }: Pick<ContainerConfig, "command" | "args">,
  image: Pick<ImageConfig, "entrypoint" | "cmd">,
): readonly string[] => {
  // Some builders write `[""]` for none.
  const entrypoint = image.entrypoint.length === 1 && image.entrypoint[0] === "" ? [] : image.entrypoint;
  const tail = args.length > 0 ? args : image.cmd;
  const words = command.length > 0 ? [...command, ...args] : [...entrypoint, ...tail];
  if (words.length === 0) throw new Invalid("no command specified: neither the pod nor the image names one");
  return checkedWords(words);
};

/** Throws Invalid for a command whose name is empty or that has a NUL character in it. */
export const checkedWords = (words: readonly string[]): readonly string[] => {
  if (words.length === 0 || words[0] === "") throw new Invalid("the command is empty");
  const bad = words.findIndex((word) => word.includes("\0"));
  if (bad >= 0) throw new Invalid(`word ${bad} of the command has a NUL character in it`);
  return words;
};

/** Pod before image before `/`. The OCI runtime makes it where it is missing. */
export const workingDirectory = (
  { workingDir }: Pick<ContainerConfig, "workingDir">,
  image: Pick<ImageConfig, "workingDir">,
): string => {
  const directory = workingDir || image.workingDir || "/";
  // crun would take it as relative to the root, runc refuses it with less to go by.
  if (!directory.startsWith("/"))
    throw new Invalid(
      `working directory "${directory}" of the ${workingDir ? "pod" : "image"} is not an absolute path`,
    );
  return directory;
};
