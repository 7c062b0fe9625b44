/** What everybody may expect of streams that are joined with a client's, by FIFOs and in the simulator's world. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ClientStreams } from "../../../src/drivers/execs/client-streams.ts";
import type { Ends, JoinedStreams } from "../../../src/drivers/execs/joined-streams.ts";

export interface JoinedStreamsStage {
  readonly streams: JoinedStreams;
  /** A command holds these ends; the answer ends it. */
  begin(ends: Ends): () => void;
  /** Ids of which anything is there. */
  left(): readonly string[];
  dispose(): void;
}

const LONG_MS = 60_000;
const ALL = { stdin: true, stdout: true, stderr: true };

const clientOf = (): ClientStreams & { readonly stdin: PassThrough } => ({
  stdin: new PassThrough(),
  stdout: new PassThrough().resume(),
  stderr: new PassThrough().resume(),
  onResize: () => {},
});

export const joinedStreamsContract = (name: string, make: () => JoinedStreamsStage): void => {
  describe(name, () => {
    let stage: JoinedStreamsStage;
    let streams: JoinedStreams;
    beforeEach(() => {
      stage = make();
      ({ streams } = stage);
    });
    afterEach(() => {
      assert.deepEqual(stage.left(), []);
      stage.dispose();
    });

    it("have the ends that were wanted, and no others", () => {
      const ends = streams.open("s1", { stdout: true });
      assert.deepEqual(Object.keys(ends), ["stdout"]);
      assert.deepEqual(Object.keys(streams.open("s2", ALL)), ["stdin", "stdout", "stderr"]);
      assert.deepEqual(stage.left(), ["s1", "s2"]);
      for (const id of ["s1", "s2"]) streams.remove(id);
    });

    it("of a terminal have no stdin besides", () => {
      const ends = streams.open("s1", { ...ALL, console: true });
      assert.deepEqual(Object.keys(ends), ["stdout", "stderr", "console"]);
      streams.remove("s1");
    });

    it("are joined once, stay until they are removed, and are delivered when the command has ended", async () => {
      const end = stage.begin(streams.open("s1", ALL));
      streams.join("s1", clientOf());
      assert.throws(() => streams.join("s1", clientOf()), { code: "NotFound" });
      end();
      await streams.delivered("s1", LONG_MS);
      await streams.delivered("s1", LONG_MS);
      assert.deepEqual(stage.left(), ["s1"]);
      streams.remove("s1");
    });

    it("may be removed before they are delivered, and before they are joined", async () => {
      const end = stage.begin(streams.open("s1", ALL));
      streams.join("s1", clientOf());
      streams.remove("s1");
      end();
      await streams.delivered("s1", LONG_MS);
      streams.open("s1", ALL);
      streams.remove("s1");
      assert.throws(() => streams.join("s1", clientOf()), { code: "NotFound" });
    });

    it("hear the end of what their client sends, also where it had ended before", async () => {
      for (const isEarly of [true, false]) {
        const client = clientOf();
        const heard = once(client.stdin, "end");
        if (isEarly) client.stdin.end();
        const end = stage.begin(streams.open("s1", ALL));
        streams.join("s1", client);
        if (!isEarly) client.stdin.end();
        await heard;
        end();
        await streams.delivered("s1", LONG_MS);
        streams.remove("s1");
      }
    });

    it("that nobody has opened cannot be joined; there is nothing to deliver, to hang up or to remove", async () => {
      assert.throws(() => streams.join("s1", clientOf()), { code: "NotFound" });
      streams.hangUp("s1");
      await streams.delivered("s1", LONG_MS);
      streams.remove("s1");
    });
  });
};
