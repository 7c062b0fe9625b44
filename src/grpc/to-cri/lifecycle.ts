/** What `crictl inspect` and `inspectp` show of a life besides the status: where it is now, and what it waits for. */
import type { Lifecycle } from "../../supervisors/lifecycle.ts";

export const lifecycleInfo = (lifecycle: Lifecycle | undefined): Readonly<Record<string, string>> =>
  lifecycle ? { lifecycle: JSON.stringify(lifecycle) } : {};
