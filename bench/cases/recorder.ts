/**
 * `recorder`: a pod's start by Troupe, beside a Troupe that is told the same and records nothing. That one is built for it, and
 * has directories of its own.
 */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { troupePeer } from "../peers/troupe.ts";
import { image } from "../support/place.ts";
import { endPod, startPod } from "../support/pod.ts";
import { ourName } from "../support/results.ts";
import { rounds, type Case } from "../support/stage.ts";
import { countCpu } from "../support/cpu.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const lives = 40;
const warmUp = 10;

export const recorder: Case = {
  names: ["recorder"],
  run: async (stage) => {
    const built = join(root, ".cache", "without-recorder");
    const node = ["env", "MALLOC_ARENA_MAX=1", "sh", join(root, "scripts/node.sh")] as const;
    execFileSync("sh", [join(root, "scripts/node.sh"), join(root, "scripts/build.ts"), "--without-recorder", built]);
    const own = { runroot: "/run/troupe-unrecorded", root: "/var/lib/troupe-unrecorded" };
    const program = [...node, "--max-semi-space-size=2", join(built, "troupe.js")] as const;
    const unrecorded = await troupePeer({ name: "unrecorded", program, ...own }).start();
    try {
      const systems = [...stage.systems.filter(({ name }) => name === ourName), unrecorded];
      await unrecorded.client.call("PullImage", { image: { image } });
      for (const { name, client } of systems)
        for (let life = 0; life < warmUp; life++)
          await endPod(client, await startPod(client, `warm-${life}-of-${name}`));
      await rounds({ ...stage, systems }, lives, async ({ name, client }, round) => {
        const cpu = countCpu();
        const begun = performance.now();
        const pod = await startPod(client, `recorded-${round}-of-${name}`);
        stage.record("recorder/pod-start", "ms", name, performance.now() - begun);
        stage.record("recorder/pod-start/cpu", "CPU ms", name, cpu());
        await endPod(client, pod);
      });
      await unrecorded.client.call("RemoveImage", { image: { image } });
    } finally {
      await unrecorded.stop();
      for (const directory of [built, own.runroot, own.root]) rmSync(directory, { recursive: true, force: true });
    }
  },
};
