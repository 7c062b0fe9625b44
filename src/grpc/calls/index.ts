/** All calls of CRI: each method has one, which the type holds us to. */
import type { Runtime } from "../../supervisors/runtime.ts";
import type { MethodName } from "../contract.ts";
import type { Methods } from "../messages/methods.ts";
import type { StreamCall, UnaryCall } from "./call.ts";
import { containerCalls } from "./containers.ts";
import { eventCalls } from "./events.ts";
import { execCalls } from "./exec.ts";
import { figureCalls } from "./figures.ts";
import { imageCalls } from "./images.ts";
import { notYetCalls } from "./not-yet.ts";
import { sandboxCalls } from "./sandboxes.ts";
import { versionStatusCalls, type RuntimeIdentity } from "./version-status.ts";

export type { RuntimeIdentity } from "./version-status.ts";

export type Calls = {
  readonly [M in MethodName]: Methods[M]["stream"] extends true ? StreamCall<M> : UnaryCall<M>;
};

export const criCalls = (runtime: Runtime, identity: RuntimeIdentity): Calls => ({
  ...notYetCalls,
  ...versionStatusCalls(runtime, identity),
  ...sandboxCalls(runtime),
  ...containerCalls(runtime),
  ...execCalls(runtime),
  ...eventCalls(runtime),
  ...imageCalls(runtime),
  ...figureCalls(runtime),
});
