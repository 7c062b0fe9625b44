/** `crictl exec -it` as people use it: in a tmux, whose window changes its size. Recorded by what tmux shows. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { after, afterEach, before, describe, it } from "node:test";
import { crictl } from "../../scripts/cri-tools/place.ts";
import { withCrictl } from "../support/crictl.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const inTmux =
  spawnSync("tmux", ["-V"]).status === 0 ? withCrictl : { skip: "needs tmux, from the Debian package of that name" };

describe("crictl exec -it in tmux", inTmux, () => {
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  const tmux = (...words: readonly string[]): string =>
    execFileSync("tmux", ["-L", "troupe", "-f", "/dev/null", ...words], {
      encoding: "utf8",
      env: { ...process.env, TERM: "xterm-256color", LC_ALL: "C.UTF-8" },
    });
  before(async () => {
    bed = await testBed({ name: "tmux" });
    pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod"));
    app = await bed.kubelet.run(pod, "app", "exec sleep 99999");
    bed.rebase();
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(async () => {
    spawnSync("tmux", ["-L", "troupe", "kill-server"]);
    await bed.kubelet.endPod(pod);
    await bed.end();
  });

  for (const transport of ["spdy", "websocket"])
    it(`shows a shell, its editing and its new size, over ${transport}`, async () => {
      const shows = (what: RegExp) =>
        eventually(`${what.source} on the screen`, 20_000, () => what.test(tmux("capture-pane", "-p")) || undefined);
      const words = `${crictl} --config=/dev/null -r unix://${bed.place}/cri.sock exec -it --transport ${transport} ${app} sh`;
      tmux("new-session", "-d", "-x", "90", "-y", "30", `${words}; echo "ended with $?"; read wait`);
      await shows(/#$/m);
      tmux("send-keys", "stty sizX", "BSpace", "e", "Enter");
      await shows(/^30 90$/m);
      tmux("resize-window", "-x", "120", "-y", "40");
      tmux("send-keys", "clear; stty size; echo $TERM", "Enter");
      await shows(/^40 120\n\S*xterm/m);
      tmux("send-keys", "sleep 1000", "Enter");
      tmux("send-keys", "C-c");
      tmux("send-keys", "echo still $((40 + 2))", "Enter");
      await shows(/^still 42$/m);
      tmux("send-keys", "exit", "Enter");
      await shows(/^ended with 0$/m);
      tmux("kill-server");
      assert.equal(spawnSync("tmux", ["-L", "troupe", "list-sessions"]).status, 1);
    });
});
