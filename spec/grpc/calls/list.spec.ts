import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EncodedList } from "../../../src/grpc/calls/list.ts";
import { codec } from "../../../src/grpc/contract.ts";
import type { PodIP } from "../../../src/grpc/messages/sandbox.ts";
import type { ListContainersResponse } from "../../../src/grpc/messages/container.ts";
import { container } from "../../../src/grpc/to-cri/container.ts";
import { containerConfigOf, containerId, containerView } from "../../support/fake-runtime.ts";

describe("an encoded list", () => {
  it("is the message that encoding it whole would give", () => {
    const large = containerConfigOf({ labels: { text: "x".repeat(20_000) } });
    const views = [containerView(), containerView({ id: containerId("d"), config: large })];
    const list = codec<ListContainersResponse>("ListContainersResponse");
    assert.deepEqual(
      Buffer.from(new EncodedList(codec("Container"), container).whole(views)),
      Buffer.from(list.encode({ containers: views.map(container) })),
    );
  });

  it("encodes each view once, and a new view anew", () => {
    const encoded: string[] = [];
    const list = new EncodedList<{ readonly ip: string }, PodIP>(codec("PodIP"), (view) => {
      encoded.push(view.ip);
      return view;
    });
    const [a, b] = [{ ip: "a" }, { ip: "b" }];
    list.whole([a, b]);
    list.whole([a, b, { ip: "c" }]);
    list.whole([{ ip: "a" }, b]);
    assert.deepEqual(encoded, ["a", "b", "c", "a"]);
  });

  it("is joined once for as long as the views are the same", () => {
    const list = new EncodedList<{ readonly ip: string }, PodIP>(codec("PodIP"), (view) => view);
    const views = [{ ip: "a" }, { ip: "b" }];
    const whole = list.whole(views);
    assert.equal(list.whole(views), whole);
    assert.ok(list.whole(views.slice(1)).length < whole.length);
    assert.deepEqual(list.whole(views), whole);
  });

  it("comes in messages of bounded size, with every object once", () => {
    const list = new EncodedList<{ readonly ip: string }, PodIP>(codec("PodIP"), (view) => view);
    const views = Array.from({ length: 30 }, (_, n) => ({ ip: `${n}`.padStart(100_000) }));
    const messages = [...list.batches(views)];
    assert.ok(messages.length > 1 && messages.every((message) => message.length <= 1024 * 1024));
    assert.deepEqual(Buffer.concat(messages), Buffer.from(list.whole(views)));
  });

  it("sends an object larger than the bound by itself, and nothing for no objects", () => {
    const list = new EncodedList<{ readonly ip: string }, PodIP>(codec("PodIP"), (view) => view);
    assert.equal([...list.batches([{ ip: "x".repeat(3_000_000) }, { ip: "y" }])].length, 2);
    assert.equal([...list.batches([])].length, 0);
  });
});
