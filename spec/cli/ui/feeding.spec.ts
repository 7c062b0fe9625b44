/** What a page is sent: where it was it goes on, nothing twice and nothing left out, and who never reads is let go. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import type { PageMessage } from "../../../src/inspect/page-message.ts";
import { Picture } from "../../../src/inspect/picture.ts";
import type { Helper } from "../../support/page-helper.ts";
import { PageStage } from "../../support/page-stage.ts";

describe("the records that troupe ui sends", () => {
  let stage: PageStage;
  let helper: Helper;
  let secret: string;
  const origin = (): string => new URL(helper.link).origin;

  before(async () => {
    stage = new PageStage({ segmentBytes: 256 * 1024 });
    stage.node();
    stage.pod(1, { pod: "web" });
    helper = await stage.open();
    const token = new URL(helper.link).hash.replace("#token=", "");
    const answer = await fetch(`${origin()}/session`, { method: "POST", headers: { "x-troupe-token": token } });
    ({ secret } = (await answer.json()) as { secret: string });
  });
  after(() => stage.close());

  /** Messages until `enough` says so. */
  const read = async (enough: (messages: readonly PageMessage[]) => boolean, last?: number): Promise<PageMessage[]> => {
    const stop = new AbortController();
    const answer = await fetch(`${origin()}/records?secret=${secret}`, {
      signal: stop.signal,
      ...(last !== undefined && { headers: { "last-event-id": String(last) } }),
    });
    const messages: PageMessage[] = [];
    let text = "";
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) messages.push(JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "") as PageMessage);
      if (enough(messages)) break;
    }
    stop.abort();
    return messages;
  };
  const seqsIn = (messages: readonly PageMessage[]): number[] =>
    messages.flatMap((message) => (message.kind === "records" ? message.records.map(({ seq }) => seq) : []));
  const has = (seq: number) => (messages: readonly PageMessage[]) => seqsIn(messages).includes(seq);
  const busy = (steps: number): void => {
    const actor = `container/${stage.containerOf(1)}`;
    for (let n = 0; n < steps; n++)
      stage.enter(() => stage.step(actor, "stop", n % 2 ? "running" : "stopping.waiting"));
  };

  it("are all there are, from the beginning, and then whether a daemon lives", async () => {
    const messages = await read((all) => all.at(-1)?.kind === "daemon");
    assert.equal(messages[0]?.kind, "start");
    assert.deepEqual(
      seqsIn(messages),
      Array.from({ length: stage.recorder.seq }, (_, n) => n + 1),
    );
    const end = messages.at(-1);
    assert.equal(end?.kind === "daemon" && end.alive, true);
  });

  it("go on behind the last one that a page has", async () => {
    const last = stage.recorder.seq;
    busy(20);
    const messages = await read(has(stage.recorder.seq), last);
    assert.ok(messages.every(({ kind }) => kind !== "start"));
    assert.equal(seqsIn(messages)[0], last + 1);
  });

  it("begin with a picture where the first ones are gone, over turns of the segments, without a gap", async () => {
    busy(13_000);
    await read(has(stage.recorder.seq)); // a page that comes before all is read is given all of it
    const messages = await read(has(stage.recorder.seq));
    const picture = new Picture();
    const bases = messages.filter((message) => message.kind === "base");
    assert.ok(bases.length > 0);
    for (const message of messages) {
      if (message.kind === "base") {
        for (const record of message.records) picture.apply(record);
        picture.seq = message.seq;
        picture.gaps = 0;
      } else if (message.kind === "records") for (const record of message.records) picture.apply(record);
    }
    assert.equal(picture.gaps, 0);
    assert.equal(picture.seq, stage.recorder.seq);
    assert.equal(picture.actors.get(`container/${stage.containerOf(1)}`)?.state, "running");
    assert.equal(picture.actors.get(`sandbox/${"1".padStart(64, "0")}`)?.name?.pod, "web");
  });

  it("end for a page that never reads, once what it lacks is no longer kept", async () => {
    const socket = connect(Number(new URL(helper.link).port), "127.0.0.1");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    socket.write(`GET /records?secret=${secret} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
    await new Promise((resolve) => socket.once("readable", resolve)); // and not one byte is taken
    busy(30_000);
    socket.resume();
    await closed;
  });
});
