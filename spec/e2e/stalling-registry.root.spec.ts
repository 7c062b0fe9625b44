import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { askDaemon } from "../../src/cli/daemon.ts";
import type { CallOptions } from "../../src/grpc/client.ts";
import { FakeRegistry } from "../drivers/images/fake-registry.ts";
import { testImage } from "../support/busybox-image.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { stageRegistry, type Staged } from "../support/stage-registry.ts";
import { tar } from "../support/tar.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const small = testImage([tar([{ name: "file", content: "small" }])]);
/** Of one registry, at a time. */
const pullsAtOnce = 10;

describe("a registry that stalls", inTestNode, () => {
  const repositories = new Map<string, Staged>();
  /** Whose answers never come. */
  const held: ServerResponse[] = [];
  let stalling: FakeRegistry;
  let mute: FakeRegistry;
  let bed: TestBed;
  before(async () => {
    stalling = await stageRegistry(repositories);
    mute = await FakeRegistry.start((_, response) => void held.push(response));
    bed = await testBed({ name: "stall", registries: [stalling.host, mute.host] });
  });
  afterEach(async (spec) => {
    await eventually("an empty store of pulls", 5000, () => unfinished().length === 0 || undefined);
    for (const response of held.splice(0)) response.destroy();
    await bed.leavesNothing(spec);
  });
  after(async () => {
    await bed.end();
    await stalling[Symbol.asyncDispose]();
    await mute[Symbol.asyncDispose]();
  });

  const unfinished = (): string[] => readdirSync(join(bed.place, "root", "images", "tmp"));
  const pull = (image: string, options: CallOptions = {}): Promise<unknown> =>
    bed.kubelet.cri.call("PullImage", { image: { image } }, { deadlineMs: 60_000, ...options });
  const waits = async (): Promise<string> =>
    ((await askDaemon(bed.daemon.runDir, "GET", "/waits")) as string[]).join("\n");
  const othersAreServed = async (): Promise<void> => {
    const { image, kubelet } = bed;
    await pull(image);
    const pod = await kubelet.runPod(kubelet.podConfig("other"));
    const id = await kubelet.run(pod, "app", "exit 4");
    assert.equal((await kubelet.exited(id)).exit_code, 4);
    await kubelet.endPod(pod);
  };
  /** Sends half of each layer, and then nothing. */
  const half = (response: ServerResponse, blob: Buffer): void => {
    held.push(response);
    response.writeHead(200, { "content-length": blob.length });
    response.write(blob.subarray(0, blob.length >> 1));
  };

  it("before it says what the image is: told before the deadline, by `waits` too, and nothing is left when its caller has gone", async () => {
    const words = /image-pull\/\w+ is resolving, it waits for resolve \(images\.resolve: \S+:tag.*\), since \d/;
    const asked = pull(`${mute.host}/app:tag`, { deadlineMs: 4000 });
    const refused = assert.rejects(asked, {
      code: "DEADLINE_EXCEEDED",
      message: new RegExp(`^PullImage of ${mute.host}/app:tag: ${words.source}.*, for at most 120\\.0 s`),
    });
    await eventually("the request", 5000, () => held.length > 0 || undefined);
    assert.match(await waits(), words);
    const cut = once(held[0]!, "close");
    await othersAreServed();
    await refused;
    await cut;
  });

  it("in the middle of a layer: told so, nothing is left when its caller has gone, and had when it wakes up", async () => {
    repositories.set("app", { image: small, layer: half });
    const image = `${stalling.host}/app:tag`;
    await assert.rejects(pull(image, { deadlineMs: 3000 }), {
      code: "DEADLINE_EXCEEDED",
      message:
        /^PullImage of .*: image-pull\/\w+ is fetching, it waits for fetch \(images\.fetch: \d+ of \d+ bytes of .*\), since \d/,
    });
    await othersAreServed();
    repositories.set("app", { image: small });
    await pull(image);
    await bed.kubelet.cri.call("RemoveImage", { image: { image } });
  });

  it("for more pulls than it may have at a time: those of other registries are had, and the rest waits its turn", async () => {
    const leaving = new AbortController();
    const asked = Array.from({ length: pullsAtOnce + 3 }, (_, n) =>
      assert.rejects(pull(`${mute.host}/app-${n}:tag`, { signal: leaving.signal }), { code: "CANCELLED" }),
    );
    await eventually("the requests", 5000, () => held.length >= pullsAtOnce || undefined);
    assert.match(await waits(), /image-pull\/\w+ is queued, it waits for permit \(permits\.pull\)/);
    assert.equal(held.length, pullsAtOnce);
    repositories.set("app", { image: small });
    const image = `${stalling.host}/app:tag`;
    await pull(image);
    await bed.kubelet.cri.call("RemoveImage", { image: { image } });
    await othersAreServed();
    leaving.abort();
    await Promise.all(asked);
    await eventually("no pull", 5000, async () => !/image-pull/.test(await waits()) || undefined);
    assert.equal(held.length, pullsAtOnce, "those in the line never began");
  });

  it("two hundred callers of one pull that leave: it is made once, and is called off when the last has gone", async () => {
    repositories.set("app", { image: small, layer: half });
    const image = `${stalling.host}/app:tag`;
    const leaving = new AbortController();
    const stays = new AbortController();
    const asked = Array.from({ length: 199 }, () =>
      assert.rejects(pull(image, { signal: leaving.signal }), { code: "CANCELLED" }),
    );
    const last = assert.rejects(pull(image, { signal: stays.signal }), { code: "CANCELLED" });
    await eventually("the layer", 10_000, () => held.length > 0 || undefined);
    leaving.abort();
    await Promise.all(asked);
    assert.match(await waits(), /image-pull\/\w+ is fetching/);
    assert.equal(held.length, 1);
    const cut = once(held[0]!, "close");
    const ends = bed.daemon.line((line) => /image-pull \w+ discarding → cancelled/.test(line));
    stays.abort();
    await last;
    await ends; // and counts as no failure
    await cut;
  });
});
