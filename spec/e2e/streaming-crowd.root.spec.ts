/** Tokens that are good for nothing, and clients that open and never speak: hundreds of them, for as long as they may. */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Holdings, Neighbour } from "../support/holdings.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { crictlProtocols, exchange, upgradeRequest } from "../support/spdy-client.ts";
import { openExec } from "../support/streaming-client.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const TOKEN_MS = 60_000;

describe("a crowd of clients", inTestNode, () => {
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  let holdings: Holdings;
  let neighbour: Neighbour;
  before(async () => {
    bed = await testBed({ name: "crowd" });
    const { kubelet } = bed;
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", "exec sleep 99999");
    neighbour = await Neighbour.in(bed, app);
    await neighbour.goesOn();
    await (await openExec(kubelet.cri, app, ["true"])).ended();
    bed.rebase();
    holdings = await Holdings.of(bed);
  });
  after(async () => {
    await neighbour.end();
    await bed.kubelet.endPod(pod);
    await bed.end();
  });

  const urlOfExec = async (cmd: readonly string[]): Promise<string> =>
    (await bed.kubelet.cri.call("Exec", { container_id: app, cmd, stdout: true, stderr: true })).url;
  const urlOfAttach = async (): Promise<string> =>
    (await bed.kubelet.cri.call("Attach", { container_id: app, stdout: true, stderr: true })).url;
  const urlOfForward = async (): Promise<string> =>
    (await bed.kubelet.cri.call("PortForward", { pod_sandbox_id: pod.id })).url;

  it("that guessed their tokens, used them twice or waited too long, or never speak, 500 of them, costs nothing for long", async () => {
    const [late, asked] = [await urlOfExec(["true"]), performance.now()];
    const base = new URL(late).origin;
    const statusOf = async (url: string): Promise<number> => {
      const { status, socket } = await exchange(url, upgradeRequest(url, crictlProtocols));
      socket.destroy();
      return status;
    };
    const used = await urlOfExec(["true"]);
    assert.equal(await statusOf(used), 101);
    assert.equal(await statusOf(used), 404);
    const kinds = ["exec", "attach", "portforward"];
    for (const kind of kinds) assert.equal(await statusOf(`${base}/${kind}/AAAAAAAAAAAAAAAAAAAAAAAA`), 404);
    // Of the wrong kind: and it is used up by that.
    const wrong = await urlOfAttach();
    assert.equal(await statusOf(wrong.replace("/attach/", "/exec/")), 404);
    assert.equal(await statusOf(wrong), 404);

    // Half of them say nothing, the others open a session and no stream.
    const silent: Socket[] = Array.from({ length: 250 }, () => connect(Number(new URL(base).port), "127.0.0.1"));
    for (const socket of silent) socket.on("error", () => {}).resume();
    for (let n = 0; n < 250; n++) {
      const url = await (n % 2 ? urlOfExec(["true"]) : n % 4 ? urlOfAttach() : urlOfForward());
      const protocols = url.includes("portforward") ? ["portforward.k8s.io"] : crictlProtocols;
      const { socket, status } = await exchange(url, upgradeRequest(url, protocols));
      assert.equal(status, 101);
      silent.push(socket.resume());
    }
    assert.equal((await (await openExec(bed.kubelet.cri, app, ["/bin/sh", "-c", "exit 3"])).ended()).code, 3);
    await neighbour.goesOn();
    const forwarding = silent.filter((_, at) => at >= 250 && (at - 250) % 4 === 0);
    const meanwhile = silent.filter((socket) => !forwarding.includes(socket));
    await eventually("their end", 45_000, () => meanwhile.every(({ closed }) => closed) || undefined);
    // A port-forward may be silent for as long as its user is: it goes with the client.
    assert.deepEqual(
      forwarding.map(({ closed }) => closed),
      forwarding.map(() => false),
    );
    for (const socket of forwarding) socket.destroy();
    await holdings.returned();
    await pause(Math.max(0, asked + TOKEN_MS + 100 - performance.now()));
    assert.equal(await statusOf(late), 404);
    await neighbour.goesOn();
    await bed.leavesNothing();
  });
});
