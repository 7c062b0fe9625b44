/**
 * Lets a spec prove that it left nothing on its test node. The counting is done by tools that are not Troupe's
 * (scripts/census). To be used in a test node: elsewhere others come and go between the two counts.
 */
import assert from "node:assert/strict";
import { compare, nodeFolders, settle, takeCensus, tell } from "../../scripts/census/census.ts";

export interface CensusScope {
  /** Folders whose files count, beside the node's own (/run, /var/lib/troupe, …). */
  readonly folders?: readonly string[];
  /** Ids: whatever carries one counts, whether or not it was there before. */
  readonly marks?: readonly string[];
  /** Files that are there for good by design, such as a daemon's lock file. */
  readonly own?: readonly RegExp[];
}

/**
 * Counts what is there now; the returned function counts again and fails with the name of each thing that came since.
 * `const nothingLeft = census(); …; await nothingLeft({ marks: [id] });`
 */
export const census = (scope: CensusScope = {}): ((more?: CensusScope) => Promise<void>) => {
  const count = () => takeCensus({ folders: [...nodeFolders, ...(scope.folders ?? [])] });
  const before = count();
  return async (more = {}) => {
    const { left } = await settle(() =>
      compare(before, count(), {
        marks: [...(scope.marks ?? []), ...(more.marks ?? [])],
        own: [...(scope.own ?? []), ...(more.own ?? [])],
      }),
    );
    assert.ok(left.length === 0, tell(left));
  };
};
