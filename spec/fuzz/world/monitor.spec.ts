import assert from "node:assert/strict";
import { containerId, execId } from "../../drivers/oci/support/builders.ts";
import { monitorContract } from "../../drivers/monitor/monitor.contract.ts";
import { monitorCompanyContract } from "../../drivers/monitor/monitor-company.contract.ts";
import { monitorDeathsContract } from "../../drivers/monitor/monitor-deaths.contract.ts";
import { monitorStreamsContract } from "../../drivers/monitor/monitor-streams.contract.ts";
import type { MonitorStage, SlowContainer, Streaming } from "../../drivers/monitor/monitor-scene.ts";
import { QUESTION_MS } from "../../../src/monitor/bounds.ts";
import type { ProcessName } from "../../../src/monitor/protocol.ts";
import { SimulatedHost } from "./simulated-host.ts";

const plain = ({ stdin = false, terminal = false }: Streaming): Streaming => ({ stdin, terminal });

const never = new AbortController().signal;

const make = (): MonitorStage => {
  const host = new SimulatedHost();
  const { node, runtime } = host;
  let count = 0;

  const container = (inside?: ProcessName, streaming: Streaming = {}): SlowContainer => {
    const id = containerId(`c${++count}`);
    if (inside) node.joined.set(id, inside.pid);
    return {
      id,
      request: { ...host.createRequest(id), ...plain(streaming) },
      start: () => host.start(id),
      end: (code) => host.ends(id, code),
      kill: (all = false) => runtime.kill(id, 9, all, never),
      exec: () => {
        const exec = execId(`e${++count}`);
        return { request: host.execRequest(id, exec), end: (code) => host.ends(exec, code) };
      },
      remove: async () => {
        await runtime.delete(id, never);
        await host.rest();
      },
      begun: () => host.rest(),
      go: () => void host.held.delete(`tool.create ${id}`),
      made: () => host.rest(),
    };
  };

  return {
    link: () => host.link(),
    impatient: () => host.link(),
    container,
    reader: () => ({ path: `/fifo-${++count}` }),
    close: () => {},
    impossible: () => {
      const one = container();
      node.ledger.put("oci", one.id); // somebody else's
      return one;
    },
    slow: () => {
      const one = container();
      host.held.add(`tool.create ${one.id}`);
      return one;
    },
    loseExitFile: (id) => void node.exitFiles.delete(id),
    hangMonitor: (_, hangs) => {
      if (hangs) host.monitor.process?.hang();
      else host.monitor.process?.wake();
    },
    outlastQuestions: async () => {
      await host.rest();
      host.pass(QUESTION_MS);
      await host.rest();
    },
    killMonitor: () => host.monitor.process?.die(),
    gone: async () => {
      await host.rest();
      assert.equal(host.monitor.process?.alive, false);
    },
    dispose: () => {
      host.stop();
      const kept = node.ledger.all().filter((thing) => /^(oci|subject|exit-file) /.test(thing));
      assert.deepEqual([kept, [...node.notes.keys()], [...node.exitFiles.keys()]], [[], [], []]);
      assert.deepEqual(
        [...node.kernel.all()].filter(({ phase }) => phase !== "ended"),
        [],
      );
    },
  };
};

for (const contract of [monitorContract, monitorDeathsContract, monitorCompanyContract, monitorStreamsContract])
  contract("the simulated monitor", {}, make);
