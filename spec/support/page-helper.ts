/** `troupe ui` as a process of its own, over what a daemon or a spec records. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface Helper {
  /** Its first link. */
  readonly link: string;
  /** One more, for another tab. */
  another(): Promise<string>;
  close(): Promise<void>;
}

/** `program`: its sources or its bundle; the page is the one that was built in either case. */
export const startHelper = async (program: string, runDir: string, ...args: readonly string[]): Promise<Helper> => {
  const child = spawn(process.execPath, [program, "ui", "--run-dir", runDir, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const links: string[] = [];
  let wake = (): void => {};
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    links.push(...(text.match(/http:\S+/g) ?? []));
    wake();
  });
  const next = async (): Promise<string> => {
    while (links.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return links.shift() ?? "";
  };
  return {
    link: await next(),
    another: () => {
      child.stdin.write("\n");
      return next();
    },
    close: async () => {
      child.kill();
      await ended;
    },
  };
};
