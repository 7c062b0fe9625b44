/**
 * Gates before the node's tools: a wrapper in place of each OCI runtime and CNI plugin. A call that is awaited stops there,
 * tells its pid and waits; whoever awaited it lets it begin, or lets it do all its work and stop once more before its end.
 *
 *   await NAME VERB ──taken by the first such call──▶ held (before) ─ go ─▶ the tool itself, under the same pid
 *                                                                  └ work ─▶ held (after), its effects done ─ go ─▶ its end
 *
 * So that what is to be killed beside a tool, or in it, is killed there each time, and not now and then by luck.
 */
import { constants, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { makeFifo } from "../../src/drivers/linux/fifo.ts";

export interface GateOptions {
  /** Where the wrappers go, by the tools' names. */
  readonly wrappers: string;
  /** For what the gate itself needs. */
  readonly state: string;
  /** Names of tools, with the programs behind the gates. */
  readonly tools: Readonly<Record<string, string>>;
}

/** One call that stands at the gate. */
export interface Held {
  readonly pid: number;
  /** Lets it begin; it is not seen again. */
  go(): void;
  /** Lets it do its work; resolves when that is done and it stands at the gate again, to be let `go`. */
  work(): Promise<void>;
}

export interface Gate {
  /** Resolves with the next call of `call`, "crun create" or "bridge ADD"; `forgo` ends the wait, if it has not come yet. */
  hold(call: string): { readonly held: Promise<Held | undefined>; forgo(): void };
}

const wrapper = (state: string, name: string, program: string): string => `#!/bin/sh
verb=$CNI_COMMAND
[ -n "$verb" ] || for verb; do case $verb in create|start|exec|kill|delete|state) break ;; esac; done
awaited="${state}/await ${name} $verb"
[ -e "$awaited" ] && at=$(cat "$awaited") && mv "$awaited" "$at/held" 2> /dev/null || exec ${program} "$@"
echo $$ > "$at/told"
read -r word < "$at/word"
[ "$word" = work ] || exec ${program} "$@"
${program} "$@"
status=$?
echo $$ > "$at/told"
read -r word < "$at/word"
exit $status
`;

export const makeGate = ({ wrappers, state, tools }: GateOptions): Gate => {
  for (const folder of [wrappers, state]) mkdirSync(folder, { recursive: true });
  for (const [name, program] of Object.entries(tools))
    writeFileSync(join(wrappers, name), wrapper(state, name, program), { mode: 0o755 });
  let holds = 0;

  const hold: Gate["hold"] = (call) => {
    const at = join(state, `hold-${++holds}`);
    const awaited = join(state, `await ${call}`);
    mkdirSync(at);
    const [told, word] = [join(at, "told"), join(at, "word")];
    for (const fifo of [told, word]) makeFifo(fifo);
    // Read and write: neither side has to wait for the other to open it, nor sees an end when the other is killed.
    const open = (fifo: string): number => openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    const teller = new Socket({ fd: open(told), readable: true, writable: false });
    const say = open(word); // stays open: what is said would be lost with its last holder before the tool has read it
    const heard = (): Promise<number> =>
      new Promise((resolve) => teller.once("data", (bytes: Buffer) => resolve(Number(bytes.toString()))));
    const given = Promise.withResolvers<undefined>();
    const come = heard().then((pid): Held => ({
      pid,
      go: () => {
        writeSync(say, "go\n");
        teller.destroy();
      },
      work: async () => {
        const done = heard();
        writeSync(say, "work\n");
        await done;
      },
    }));
    // Whole or not there, for the tool that comes upon it.
    writeFileSync(join(at, "await"), at);
    renameSync(join(at, "await"), awaited);
    const forgo = (): void => {
      rmSync(awaited, { force: true });
      given.resolve(undefined);
      teller.destroy();
    };
    return { held: Promise.race([come, given.promise]), forgo };
  };
  return { hold };
};

/** Neither gone nor a zombie. */
export const isAtWork = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false; // it has ended
  }
};
