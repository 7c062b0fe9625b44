/** A test node (test-node.sh) as an object: for those who start one and look into it from outside. */
import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("test-node.sh", import.meta.url));

export interface TestNode {
  /** Also the name of its cgroup in every hierarchy. */
  readonly name: string;
  readonly child: ChildProcess;
  /** Resolves when all of the node is gone, with the status of its command; a signal that ended it is -1. */
  readonly ended: Promise<number>;
  /** The pid, seen from here, of the node's PID 1; undefined before it is there and after it is gone. */
  init(): number | undefined;
  /** Ends the node and everything in it at once. */
  end(): void;
}

/** The parent of each process, and whether it is the first of a pid namespace of its own below ours. */
const processes = (): Map<number, { parent: number; first: boolean }> => {
  const found = new Map<number, { parent: number; first: boolean }>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    let status: string;
    try {
      status = readFileSync(`/proc/${name}/status`, "utf8");
    } catch {
      continue; // ended since it was listed
    }
    const pids = /^NSpid:\t(.*)$/m.exec(status)?.[1]?.split("\t") ?? [];
    found.set(Number(name), {
      parent: Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]),
      first: pids.length > 1 && pids.at(-1) === "1",
    });
  }
  return found;
};

const initBelow = (ancestor: number): number | undefined => {
  const all = processes();
  const isBelow = (pid: number): boolean => {
    const parent = all.get(pid)?.parent;
    return parent !== undefined && (parent === ancestor || isBelow(parent));
  };
  // Containers have a first process too: the node's own is the one above all of them.
  const firsts = [...all].filter(([pid, { first }]) => first && isBelow(pid)).map(([pid]) => pid);
  return firsts.find((pid) => firsts.every((other) => other === pid || !isAncestor(all, other, pid)));
};

const isAncestor = (all: Map<number, { parent: number }>, above: number, pid: number): boolean => {
  for (let at = all.get(pid)?.parent; at !== undefined; at = all.get(at)?.parent) if (at === above) return true;
  return false;
};

/** Starts a node that lives as long as `command` runs in it. In a session of its own: a terminal's Ctrl-C is the caller's. */
export const startTestNode = (
  name: string,
  command: readonly string[],
  options: { stdio: StdioOptions; env?: NodeJS.ProcessEnv; cwd?: string },
): TestNode => {
  const child = spawn("sh", [script, ...command], {
    stdio: options.stdio,
    detached: true,
    env: { ...process.env, ...options.env, TROUPE_NODE_NAME: name },
    ...(options.cwd ? { cwd: options.cwd } : {}),
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  const init = () => (child.pid === undefined || child.exitCode !== null ? undefined : initBelow(child.pid));
  const end = () => {
    const first = init();
    // Nothing but SIGKILL from outside ends a PID 1 that has no handler; the kernel then ends the rest of its namespace.
    if (first !== undefined) process.kill(first, "SIGKILL");
  };
  return { name, child, ended, init, end };
};
