import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import protobuf from "protobufjs";
import { writtenCoders } from "../../scripts/proto/coders.ts";
import * as coders from "../../src/grpc/coders.ts";
import { reflection } from "../../src/grpc/reflection.ts";

const whole = { defaults: true, longs: String };

const scope = reflection.lookup("runtime.v1");
assert.ok(scope instanceof protobuf.Namespace);
const types = scope.nestedArray.filter((each) => each instanceof protobuf.Type);

const scalars: Readonly<Record<string, unknown>> = {
  string: "a",
  bytes: Buffer.from([1, 0xff]),
  bool: true,
  int64: "-9223372036854775808",
  uint64: "18446744073709551615",
  double: 0.5,
};

/** A message in which every field says something, messages within it down to a depth. */
const filled = (type: protobuf.Type, depth: number): Record<string, unknown> =>
  Object.fromEntries(
    type.fieldsArray.flatMap((field): [string, unknown][] => {
      const { name, resolvedType, repeated, map } = field;
      if (resolvedType instanceof protobuf.Type && depth === 0) return [];
      const value =
        resolvedType instanceof protobuf.Type ? filled(resolvedType, depth - 1) : (scalars[field.type] ?? 7);
      return [[name, map ? { k: value, __proto__x: value } : repeated ? [value, value] : value]];
    }),
  );

describe("the coders of the bundle, written out by the build", () => {
  let dir: string;
  let written: typeof coders;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "troupe-coders-"));
    const file = join(dir, "coders.mjs");
    writeFileSync(file, writtenCoders(import.meta.resolve("protobufjs/minimal.js")));
    written = (await import(pathToFileURL(file).href)) as typeof coders;
  });
  after(() => rmSync(dir, { recursive: true }));

  it("know the methods that the contract has", () => assert.deepEqual(written.methodShapes, coders.methodShapes));

  it("make of each message the bytes that the contract's own reader makes, and read them alike", () => {
    assert.ok(types.length > 100);
    for (const type of types) {
      const [ours, theirs] = [written.coder(type.name), coders.coder(type.name)];
      assert.deepEqual([ours.name, ours.width, ours.parts], [theirs.name, theirs.width, theirs.parts]);
      for (const message of [{}, filled(type, 0), filled(type, 4)]) {
        const bytes = theirs.encode(message).finish();
        assert.deepEqual(ours.encode(message).finish(), bytes, type.name);
        const read = ours.toObject(ours.decode(bytes), whole);
        assert.deepEqual(read, theirs.toObject(theirs.decode(bytes), whole), type.name);
      }
    }
  });

  it("keep what they do not know, for whoever wants it kept", () => {
    const newer = Buffer.from([0x0a, 1, 65, 0x9a, 0x3f, 2, 65, 66]);
    const reader = protobuf.Reader.create(newer);
    reader.discardUnknown = false;
    const own = written.coder("StopContainerRequest");
    assert.deepEqual(Buffer.from(own.encode(own.decode(reader)).finish()), newer);
  });

  it("refuse bytes that are no such message, and messages that there are not", () => {
    assert.throws(() => written.coder("StopContainerRequest").decode(Buffer.from([0x0a, 9, 65])));
    for (const { coder } of [written, coders]) assert.throws(() => coder("NoSuchRequest"), /NoSuchRequest/);
  });
});
