/** Id mappings in the words of the runtime-spec. */
import type { IdMapping, IdMappings } from "../../../vocabulary/index.ts";
import type { SpecMapping } from "./runtime-spec.ts";

/** The fields of `linux` and of a mount; nothing for none. */
export interface SpecMappings {
  readonly uidMappings?: readonly SpecMapping[];
  readonly gidMappings?: readonly SpecMapping[];
}

export const specMappings = (mappings: IdMappings | false | undefined): SpecMappings =>
  mappings ? { uidMappings: mappings.uids.map(inSpec), gidMappings: mappings.gids.map(inSpec) } : {};

const inSpec = ({ containerId, hostId, length }: IdMapping): SpecMapping => ({
  containerID: containerId,
  hostID: hostId,
  size: length,
});
