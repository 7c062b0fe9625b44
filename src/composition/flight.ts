/** The flight recorder at the daemon's parts: clients' calls, and what people call things. */
import type { CallLog } from "../grpc/call-log.ts";
import { rounded } from "../inspect/decision-data.ts";
import type { Name } from "../inspect/record.ts";
import type { Recorder } from "../inspect/recorder.ts";
import type { Books } from "../supervisors/books.ts";
import { kindOf, objectOf, type ContainerConfig, type SandboxConfig } from "../vocabulary/index.ts";

/** Numbers calls and records them. */
export const recordedCalls = (recorder: Recorder): CallLog => {
  let calls = 0;
  return {
    asked(call) {
      const n = ++calls;
      recorder.noteOutside({ kind: "rpc", n, ...call });
      return n;
    },
    answered: (n, code, ms, text) =>
      recorder.noteOutside({ kind: "answer", n, code, ms: rounded(ms), ...(text !== undefined && { text }) }),
    read: (method, code, ms) => recorder.noteOutside({ kind: "read", method, code, ms: rounded(ms) }),
  };
};

/** What people call the object of an actor. */
export const namesIn =
  (books: Books, imageOf: (pullId: string) => string | undefined) =>
  (actorId: string): Name | undefined => {
    const id = objectOf(actorId);
    const sandbox = books.sandboxes.entry(id);
    if (sandbox) return sandboxNamed(sandbox.config);
    const container = books.containers.entry(id);
    if (container) return containerNamed(container.config, books.sandboxes.entry(container.sandboxId)?.config);
    const image = kindOf(actorId) === "image-pull" ? imageOf(id) : undefined;
    return image === undefined ? undefined : { image };
  };

const sandboxNamed = ({ metadata: { namespace, name, uid, attempt } }: SandboxConfig): Name => ({
  namespace,
  pod: name,
  uid,
  attempt,
});

const containerNamed = ({ name, attempt }: ContainerConfig, sandbox: SandboxConfig | undefined): Name => ({
  ...(sandbox && { namespace: sandbox.metadata.namespace, pod: sandbox.metadata.name, uid: sandbox.metadata.uid }),
  container: name,
  attempt,
});
