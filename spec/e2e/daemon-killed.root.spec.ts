/** Lives of pods under a daemon that is killed at random moments, by a kubelet that looks first and asks again. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { CriError } from "../../src/grpc/client.ts";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { numbersFrom, seedOfRun } from "../support/seeded.ts";
import type { Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const counting = "trap 'exit 3' TERM; i=0; while :; do echo $i; i=$((i + 1)); usleep 2000; done";
/** A life that nobody disturbs takes about so long. */
const lifeMs = 700;

describe("kill -9 of the daemon at any moment of a pod's life", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "killed" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  /** Kills and starts the daemon after each of these pauses; `insist` repeats what a kill has cut off. */
  const underKills = (pauses: readonly number[]) => {
    let kills = 0;
    let back: Promise<void> = Promise.resolve();
    const over = (async () => {
      for (const ms of pauses) {
        await pause(ms);
        kills++;
        back = bed.daemon.kill().then(() => bed.daemon.start());
        await back;
      }
    })();
    over.catch(() => {}); // told by whoever awaits it below
    const insist = async <Answer>(step: () => Promise<Answer>): Promise<Answer> => {
      for (;;) {
        // A call that begins while the daemon is on its way out would be cut off by a kill that came before it.
        for (let awaited = back; ; awaited = back) {
          await awaited;
          if (awaited === back) break;
        }
        const before = kills;
        try {
          return await step();
        } catch (error) {
          const cut = error instanceof CriError && ["UNAVAILABLE", "CANCELLED", "INTERNAL"].includes(error.code);
          if (!cut || kills === before) throw error;
          await back;
        }
      }
    };
    return { insist, over };
  };
  type Insist = ReturnType<typeof underKills>["insist"];

  const oneLife = async (name: string, handler: string, insist: Insist): Promise<void> => {
    const { kubelet } = bed;
    const config = kubelet.podConfig(name, { labels: { life: name } });
    const thePod = async (): Promise<Pod> => {
      const { items } = await kubelet.cri.call("ListPodSandbox", { filter: { label_selector: { life: name } } });
      const [found] = items;
      return found ? { id: found.id, config } : kubelet.runPod(config, { handler });
    };
    const theContainer = async (pod: Pod, app: string, script: string): Promise<string> => {
      const { containers } = await kubelet.cri.call("ListContainers", { filter: { pod_sandbox_id: pod.id } });
      const found = containers.find(({ metadata }) => metadata?.name === app);
      return found?.id ?? kubelet.create(pod, kubelet.appConfig(app, script));
    };
    const started = async (id: string): Promise<void> => {
      if ((await kubelet.status(id)).state === ContainerState.CONTAINER_CREATED) await kubelet.start(id);
    };
    const gone = async (id: string): Promise<void> => {
      await kubelet.remove(id);
      await assert.rejects(kubelet.status(id), (error: unknown) => {
        if (!(error instanceof CriError)) throw error;
        if (error.code !== "NOT_FOUND") throw error;
        return true;
      });
    };

    const pod = await insist(thePod);
    const app = await insist(() => theContainer(pod, "app", counting));
    await insist(() => started(app));
    const job = await insist(() => theContainer(pod, "job", "usleep 50000; exit 7"));
    await insist(() => started(job));
    const said = await insist(() => kubelet.exec(app, "/bin/sh", "-c", "echo out; exit 5"));
    assert.deepEqual(said, { stdout: "out\n", stderr: "", code: 5 });
    const ended = await insist(() => kubelet.exited(job));
    assert.deepEqual([ended.exit_code, ended.reason, ended.message], [7, "Error", "ended with code 7"]);
    assert.equal((await insist(() => kubelet.status(app))).state, ContainerState.CONTAINER_RUNNING);
    await insist(() => kubelet.stop(app, 10));
    assert.equal((await insist(() => kubelet.exited(app))).exit_code, 3);
    const lines = kubelet.log(pod, "app");
    assert.deepEqual(
      lines,
      lines.map((_, n) => `${n}`),
      "each line once, in its order",
    );
    assert.ok(lines.length > 5, `${lines.length} lines`);
    await insist(() => gone(app));
    await insist(() => gone(job));
    await insist(() => kubelet.endPod(pod));
    const { items } = await insist(() => kubelet.cri.call("ListPodSandbox", { filter: { id: pod.id } }));
    assert.deepEqual(items, []);
  };

  for (let n = 0; n < 13; n++) {
    const handler = n < 10 ? "crun" : "runc";
    it(`life ${n + 1}, with ${handler}, goes through, loses nothing and leaves nothing`, async (t) => {
      const seed = seedOfRun + n;
      const number = numbersFrom(seed);
      const pauses = Array.from({ length: n % 3 === 2 ? 2 : 1 }, () => number(lifeMs));
      t.diagnostic(`TROUPE_SEED=${seedOfRun}: killed after ${pauses.join(", then ")} ms`);
      const { insist, over } = underKills(pauses);
      await oneLife(`life-${n}`, handler, insist);
      await over;
    });
  }
});
