/** A mapping of ids as the kubelet hears of it. */
import type { IdMapping } from "../../vocabulary/index.ts";
import type { Draft } from "../draft.ts";
import type { IDMapping } from "../messages/security.ts";

export const idMapping = ({ containerId, hostId, length }: IdMapping): Draft<IDMapping> => ({
  container_id: containerId,
  host_id: hostId,
  length,
});
