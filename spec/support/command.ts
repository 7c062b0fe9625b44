/** Commands of `troupe` as a person gives them, about a test bed's node. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Said {
  readonly status: number;
  /** On stdout. */
  readonly text: string;
  /** On stderr. */
  readonly complaint: string;
}

/** `troupe COMMAND …` with the settings of the bed at `place`; absent: with the host's. */
export const troupe = (place: string | undefined, ...args: readonly string[]): Promise<Said> =>
  said([...args, ...(place === undefined ? [] : ["--config", join(place, "troupe.toml")])]);

/** One of the commands that look at a running node, which is that of the bed at `place`. */
export const troupeIn = (place: string, ...args: readonly string[]): Promise<Said> =>
  said([...args, "--run-dir", join(place, "run")]);

/** One with these very arguments. */
export const said = (args: readonly string[]): Promise<Said> =>
  new Promise((resolve, reject) => {
    // Wide enough that no path of a place for specs breaks a line.
    const env = { ...process.env, COLUMNS: "200" };
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"], env });
    const said = { text: "", complaint: "" };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (said.text += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (said.complaint += chunk));
    child.once("error", reject);
    child.once("close", (status) => resolve({ status: status ?? -1, ...said }));
  });

export interface InTerminal {
  /** All that it has drawn so far. */
  drawn(): string;
  press(keys: string): void;
  readonly ended: Promise<number>;
}

/** The same at a terminal of its own. */
export const troupeAtTerminal = (place: string, ...args: readonly string[]): InTerminal => {
  const command = [process.execPath, program, ...args, "--run-dir", join(place, "run")].join(" ");
  const child = spawn("script", ["-qefc", command, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, TERM: "xterm" },
  });
  let drawn = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (drawn += chunk));
  return {
    drawn: () => drawn,
    press: (keys) => void child.stdin.write(keys),
    ended: new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status) => resolve(status ?? -1));
    }),
  };
};
