/** Values of a pod's annotations that change a container, read with care. */
import { Invalid, quoted } from "../../../errors.ts";

/** `unified-cgroup.crio.io`: `FILE=VALUE;FILE=VALUE`, values as they are written to the files. */
export const unifiedOf = (text: string | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (text ?? "")
      .split(";")
      .filter((word) => word !== "")
      .map((word) => {
        const at = word.indexOf("=");
        if (at < 1)
          throw new Invalid(`the pod's annotation for its cgroup has ${quoted(word)}; it is to be FILE=VALUE`);
        return [word.slice(0, at).trim(), word.slice(at + 1)];
      }),
  );

/** `umask.crio.io`: octal, as the shell has it. */
export const umaskOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^0?[0-7]{3}$/.test(text))
    throw new Invalid(`the pod's annotation for its umask is ${quoted(text)}, which is not like 022`);
  return Number.parseInt(text, 8);
};
