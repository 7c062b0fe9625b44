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
