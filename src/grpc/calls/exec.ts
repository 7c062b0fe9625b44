/** Commands in running containers, and their output. */
import { Invalid } from "../../errors.ts";
import type { ExecResult, Runtime } from "../../supervisors/runtime.ts";
import { maxMessageBytes } from "../contract.ts";
import { noNul, notEmpty } from "../from-cri/field.ts";
import type { Calls } from "./index.ts";
import { milliseconds } from "./milliseconds.ts";

export const execCalls = (runtime: Runtime): Pick<Calls, "ExecSync"> => ({
  ExecSync: async (request, caller) => {
    const id = notEmpty("container_id", request.container_id);
    if (request.cmd.length === 0) throw new Invalid("cmd is empty");
    const command = request.cmd.map((word, n) => noNul(`cmd[${n}]`, word));
    const result = await runtime.execSync(id, command, milliseconds(request.timeout), caller);
    return { ...fitting(result), exit_code: result.exitCode };
  },
});

// Both streams must fit one message; the rest of it needs a few bytes.
const room = maxMessageBytes - 64;

/** Cut evenly: each stream has half of the room, and what the other one leaves. */
const fitting = ({ stdout, stderr }: ExecResult): { readonly stdout: Uint8Array; readonly stderr: Uint8Array } => {
  if (stdout.length + stderr.length <= room) return { stdout, stderr };
  const out = Math.max(room / 2, room - stderr.length);
  return { stdout: stdout.subarray(0, out), stderr: stderr.subarray(0, room - Math.min(out, stdout.length)) };
};
