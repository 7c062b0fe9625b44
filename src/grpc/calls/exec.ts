/** Commands in running containers, with their output; and the URLs by which clients reach into containers and sandboxes. */
import { Invalid } from "../../errors.ts";
import type { ExecResult, Runtime } from "../../supervisors/runtime.ts";
import { maxMessageBytes } from "../contract.ts";
import { noNul, notEmpty } from "../from-cri/field.ts";
import type { Calls } from "./index.ts";
import { milliseconds } from "./milliseconds.ts";

export const execCalls = (runtime: Runtime): Pick<Calls, "ExecSync" | "Exec" | "Attach" | "PortForward"> => ({
  ExecSync: async (request, caller) => {
    const id = notEmpty("container_id", request.container_id);
    const result = await runtime.execSync(id, command(request), milliseconds(request.timeout), caller);
    return { ...fitting(result), exit_code: result.exitCode };
  },
  Exec: (request) => ({
    url: runtime.openExec(notEmpty("container_id", request.container_id), command(request), request),
  }),
  Attach: (request) => ({ url: runtime.openAttach(notEmpty("container_id", request.container_id), request) }),
  PortForward: (request) => ({
    url: runtime.openForward(notEmpty("pod_sandbox_id", request.pod_sandbox_id), request.port),
  }),
});

const command = ({ cmd }: { readonly cmd: readonly string[] }): readonly string[] => {
  if (cmd.length === 0) throw new Invalid("cmd is empty");
  return cmd.map((word, n) => noNul(`cmd[${n}]`, word));
};

// Both streams must fit one message; the rest of it, and the note, need a few bytes.
const room = maxMessageBytes - 512;

/**
 * Cut evenly: each stream has half of the room, and what the other one leaves. Clients take the exit code for what counts, so a
 * cut is no error to them; whoever reads the output is told at its end.
 */
const fitting = ({
  stdout,
  stderr,
  dropped = 0,
}: ExecResult): { readonly stdout: Uint8Array; readonly stderr: Uint8Array } => {
  if (dropped === 0 && stdout.length + stderr.length <= room) return { stdout, stderr };
  const out = stdout.subarray(0, Math.max(room / 2, room - stderr.length));
  const err = stderr.subarray(0, room - out.length);
  const note =
    `${err.length > 0 ? "\n" : ""}troupe: the output was cut after ${out.length} bytes of stdout and ${err.length} bytes of ` +
    `stderr, of ${stdout.length + stderr.length + dropped} bytes: what ExecSync answers is at most ${maxMessageBytes} bytes\n`;
  return { stdout: out, stderr: Buffer.concat([err, Buffer.from(note)]) };
};
