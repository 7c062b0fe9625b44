/**
 * New user namespaces. A program of several threads can neither make nor enter one (EINVAL), so a process of one thread is asked
 * to live in it for as long as its parent needs: who is that parent maps the ids and pins what is to stay.
 */
import { closeSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { Failed } from "../../errors.ts";
import type { IdMapping, IdMappings } from "../../vocabulary/index.ts";
import type { NamespaceKind } from "./namespaces.ts";
import { openPipe } from "./pipe.ts";
import { run, type Ran } from "./run.ts";

/** For two programs of a few milliseconds. */
const BOUND_MS = 5000;
const WORDS_BYTES = 4096;

/** It tells its pid when the namespaces are there, and lives until its stdin ends: with us at the latest. */
const PROGRAM = ["sh", "-c", "echo $$; read _"];
const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/**
 * Makes a user namespace with these mappings, and `kinds` of namespaces that belong to it. Runs `work` with the pid of the
 * process that keeps them, as `/proc/PID/ns/user` and so on; they end with it unless it pins them.
 * Throws Failed with the system's words where this host allows none.
 */
export const inNewUserNamespace = async <Result>(
  mappings: IdMappings,
  kinds: readonly NamespaceKind[],
  work: (pid: number) => Result,
): Promise<Result> => {
  const [input, output] = [openPipe(), openPipe()];
  const argv = ["unshare", "--user", ...kinds.map((kind) => `--${kind}`), "--", ...PROGRAM] as const;
  const ending = run(
    { argv, env, input: { file: input.read }, stdout: { file: output.write }, stderr: { keep: WORDS_BYTES } },
    AbortSignal.timeout(BOUND_MS),
  );
  const ended = ending.then(failed, failed);
  for (const fd of [input.read, output.write]) closeSync(fd);
  try {
    const said = await Promise.race([firstWords(output.read), ended]);
    if (said instanceof Error) throw said;
    const pid = Number(said);
    if (!Number.isInteger(pid) || pid <= 0) throw await ended;
    writeFileSync(`/proc/${pid}/uid_map`, mappings.uids.map(line).join(""));
    writeFileSync(`/proc/${pid}/gid_map`, mappings.gids.map(line).join(""));
    return work(pid);
  } finally {
    closeSync(input.write);
    await ended;
  }
};

/** user_namespaces(7) */
const line = ({ containerId, hostId, length }: IdMapping): string => `${containerId} ${hostId} ${length}\n`;

/** All at once: a line of a pipe. "" where it said nothing. */
const firstWords = (fd: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = new Socket({ fd, readable: true, writable: false });
    let words = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      words += chunk.toString();
      socket.destroy();
    });
    socket.once("close", () => resolve(words));
  });

const failed = (ran: Ran | Error): Failed => {
  const words = ran instanceof Error ? ran.message : ran.stderr.bytes.toString().trim();
  const how = ran instanceof Error || "code" in ran.end ? "" : `, killed by ${ran.end.signal}`;
  return new Failed(
    `no user namespace could be made: ${words || `unshare said nothing${how}`}; see user_namespaces(7)`,
  );
};
