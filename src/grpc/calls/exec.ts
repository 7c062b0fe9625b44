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

// Both streams must fit one message; the rest of it needs a few bytes.
const room = maxMessageBytes - 64;

/** Cut evenly: each stream has half of the room, and what the other one leaves. */
const fitting = ({ stdout, stderr }: ExecResult): { readonly stdout: Uint8Array; readonly stderr: Uint8Array } => {
  if (stdout.length + stderr.length <= room) return { stdout, stderr };
  const out = Math.max(room / 2, room - stderr.length);
  return { stdout: stdout.subarray(0, out), stderr: stderr.subarray(0, room - Math.min(out, stdout.length)) };
};
