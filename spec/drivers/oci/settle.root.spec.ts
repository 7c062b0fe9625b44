import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { configFile } from "../../../src/drivers/oci/bundle-files.ts";
import { commandsInFlight } from "../../../src/drivers/oci/commands-in-flight.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { eventually } from "../../support/kubelet.ts";
import { commandsInFlightContract } from "./commands-in-flight.contract.ts";
import { containerConfig, containerId } from "./support/builders.ts";
import { never, workbench, type Workbench } from "./support/workbench.ts";

const isThere = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

/** A create that is at work in a hook, until `go`; `hook` is the hook's pid. */
const creating = async (bench: Workbench, name: string) => {
  const wanted = bench.request(name, { config: containerConfig({ command: ["sleep", "1000"] }) });
  const { path } = await bench.store.write(wanted);
  const [at, gate] = [bench.at(`${name}-at`), bench.at(`${name}-gate`)];
  execFileSync("mkfifo", [at, gate]);
  const hook = { path: "/bin/sh", args: ["sh", "-c", `echo $$ > ${at}; read go < ${gate}; exit 0`] };
  const spec = JSON.parse(readFileSync(configFile(path), "utf8"));
  writeFileSync(configFile(path), JSON.stringify({ ...spec, hooks: { createRuntime: [hook] } }));
  const reader = await open(at, "r+");
  let waiting = true;
  const ended = bench.run(bench.runtime.create(wanted.id)).then(
    () => true,
    async () => {
      if (waiting) await reader.write("0\n"); // no hook has run, so nobody else will
      return false;
    },
  );
  const { buffer, bytesRead } = await reader.read({ buffer: Buffer.alloc(16) });
  waiting = false;
  await reader.close();
  const pid = Number(buffer.toString("utf8", 0, bytesRead));
  const go = async () => (await open(gate, "w")).close();
  return { wanted, id: wanted.id, hook: pid, go, ended };
};

/** What looks like an exec: no runtime lets one stop it in the middle. */
const executing = async (handler: string, bench: Workbench, name: string) => {
  const id = containerId(name);
  const line = ["-c", "read go", handler, "--root", bench.at(`oci/${handler}`), "exec", id];
  const child = spawn("sh", line, { stdio: ["pipe", "ignore", "ignore"], detached: true });
  await once(child, "spawn");
  const ended = once(child, "exit").then(([code]) => code === 0);
  return { id, ended, go: async () => void child.stdin.end("go\n") };
};

for (const handler of ["crun", "runc"]) {
  commandsInFlightContract(handler, inTestNode, async () => {
    const bench = await workbench(handler);
    return {
      runtime: bench.runtime,
      creating: (name) => creating(bench, name),
      executing: (name) => executing(handler, bench, name),
      dispose: bench.dispose,
    };
  });

  describe(`what commands of ${handler} leave`, inTestNode, () => {
    let bench: Workbench;
    before(async () => {
      bench = await workbench(handler);
    });
    after(() => bench.dispose());

    const inFlight = (id: string) => commandsInFlight(bench.at(`oci/${handler}`), id);

    it("is a created container, whose init is no command though its argv may be that of its create", async () => {
      const wanted = bench.request("init");
      const { pid } = await bench.create(wanted);
      assert.deepEqual(await inFlight(wanted.id), []);
      if (handler === "crun") assert.match(readFileSync(`/proc/${pid}/cmdline`, "utf8"), /--root\0.*\0create\0/);
    });

    it("is no hook when they are killed, and nothing that a delete does not take away", async () => {
      const { wanted, id, hook, ended } = await creating(bench, "killed");
      assert.equal((await inFlight(id)).length, 1);
      assert.ok(isThere(hook));
      await bench.runtime.settle(id, 0);
      assert.equal(await ended, false);
      assert.deepEqual(await inFlight(id), []);
      await eventually("the end of the hook, killed with its command", 5000, () => !isThere(hook) || undefined);
      await bench.runtime.delete(id, never);
      assert.equal(await bench.runtime.status(id, never), undefined);
      assert.equal(existsSync(bench.at(`oci/${handler}/${id}`)), false);
      // The runtime's own delete says that all went well and leaves these.
      await bench.cgroups.remove(wanted.cgroupsPath);
      for (const hierarchy of bench.cgroups.facts.hierarchies)
        assert.equal(existsSync(join(hierarchy, wanted.cgroupsPath)), false, hierarchy);
    });

    it("may be a directory without a state, which a delete removes", async () => {
      const id = containerId("half");
      mkdirSync(bench.at(`oci/${handler}/${id}`));
      await bench.runtime.delete(id, never);
      assert.equal(existsSync(bench.at(`oci/${handler}/${id}`)), false);
    });
  });
}

describe("a process that only mentions the same words", inTestNode, () => {
  it("is no command of an OCI runtime", async () => {
    const child = spawn("sh", ["-c", "read x", "--root", "/run/elsewhere", "create", "c1"], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    await once(child, "spawn");
    assert.deepEqual(await commandsInFlight("/run/troupe/oci/crun", "c1"), []);
    child.stdin.end();
    await once(child, "exit");
  });
});
