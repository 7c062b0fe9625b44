import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FrameReader } from "../../../../src/drivers/streaming/spdy/frame-reader.ts";
import { SpdySession } from "../../../../src/drivers/streaming/spdy/session.ts";
import type { SpdyStream } from "../../../../src/drivers/streaming/spdy/stream.ts";
import { cases } from "../../../support/long.ts";
import { SpdyClient, control, data, words } from "../../../support/spdy-client.ts";

/** What a client may do next; ids and statuses are small, so that they meet. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("open" as const), id: fc.nat(9), fin: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("data" as const), id: fc.nat(9), size: fc.nat(100), fin: fc.boolean() }),
  },
  fc.record({ do: fc.constant("reset" as const), id: fc.nat(9) }),
  fc.record({ do: fc.constant("ping" as const), id: fc.nat(9) }),
  fc.record({
    do: fc.constant("control" as const),
    type: fc.nat(12),
    flags: fc.nat(3),
    payload: fc.uint8Array({ maxLength: 20 }),
  }),
  fc.record({ do: fc.constant("bytes" as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** How what is on this side treats its streams. */
type Server = "echo" | "deaf" | "end" | "destroy" | "refuse";
const servers: readonly Server[] = ["echo", "deaf", "end", "destroy", "refuse"];

const treat = (stream: SpdyStream, as: Server): void => {
  if (as === "refuse") return stream.refuse(3);
  stream.accept();
  if (as === "echo") stream.pipe(stream);
  if (as === "end") stream.resume().end("bye");
  if (as === "destroy") stream.destroy();
};

const bytesOf = async (client: SpdyClient, taken: Step): Promise<Buffer> => {
  switch (taken.do) {
    case "open":
      return client.synStream(taken.id, { streamtype: "x" }, taken.fin ? 1 : 0);
    case "data":
      return data(taken.id, Buffer.alloc(taken.size), taken.fin);
    case "reset":
      return control(3, 0, words(taken.id, 5));
    case "ping":
      return control(6, 0, words(taken.id));
    case "control":
      return control(taken.type, taken.flags, Buffer.from(taken.payload));
    case "bytes":
      return Buffer.from(taken.bytes);
  }
};

describe("a SPDY session", () => {
  it("ends well whatever its client sends, and writes nothing but frames", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...servers),
        async (steps, cuts, as) => {
          const written: Buffer[] = [];
          const transport = new Duplex({
            read() {},
            write(chunk: Buffer, _encoding, done) {
              written.push(chunk);
              done();
            },
          });
          const streams: SpdyStream[] = [];
          const session = new SpdySession({
            transport,
            mostStreams: 3,
            onStream(stream) {
              streams.push(stream);
              treat(stream, as);
            },
            onTrouble() {},
          }).start();

          const client = new SpdyClient(new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }));
          const parts = [];
          for (const taken of steps) parts.push(await bytesOf(client, taken));
          const all = Buffer.concat(parts);
          for (let at = 0, cut = 0; at < all.length; cut++) {
            const length = cuts[cut % cuts.length] ?? 1;
            transport.push(all.subarray(at, at + length));
            at += length;
          }
          const closed = once(transport, "close");
          transport.push(null);
          await closed;

          assert.ok(session.gone.aborted);
          for (const stream of streams) assert.ok(stream.gone.aborted || stream.destroyed || stream.readableEnded);
          const reader = new FrameReader();
          reader.feed(Buffer.concat(written));
          const kinds = [];
          for (let frame = reader.next(); frame; frame = reader.next()) kinds.push(frame.kind);
          assert.ok(kinds.indexOf("goAway") === -1 || kinds.indexOf("goAway") === kinds.length - 1, kinds.join());
        },
      ),
      { numRuns: cases(300, 20_000) },
    );
  });
});
