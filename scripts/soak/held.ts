/**
 * What the objects of a program take, by a heap snapshot of V8's. What V8 keeps for code that it has compiled is left out: the
 * lists by which a map knows the code that depends on it grow for hours, and shrink seldom.
 */

/** The part of a snapshot that is read here: rows of numbers, one for each node. */
interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] };
  };
  readonly nodes: readonly number[];
}

const OF_CODE: ReadonlySet<string> = new Set(["code", "hidden"]);

/** Bytes. `json` is a `.heapsnapshot` file's content. */
export const bytesHeldIn = (json: string): number => {
  const { snapshot, nodes } = JSON.parse(json) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf("type"), fields.indexOf("self_size")];
  const counted = types[0].map((name) => !OF_CODE.has(name));
  let bytes = 0;
  for (let row = 0; row < nodes.length; row += fields.length)
    if (counted[nodes[row + type] ?? 0]) bytes += nodes[row + size] ?? 0;
  return bytes;
};
