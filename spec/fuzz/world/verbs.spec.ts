/** That whatever an actor asks of the world is an operation of the simulated one: what is none cannot fail, hang or be cut short. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Drivers } from "../../../src/actors/drivers.ts";
import { Schedule } from "../../../src/fuzz/schedule.ts";
import { setStage } from "../../../src/fuzz/stage.ts";
import { sourcesIn } from "../../support/sources.ts";

type Operations = {
  readonly [Driver in keyof Drivers]: { readonly [Verb in keyof Drivers[Driver]]: readonly string[] };
};

/** The compiler sees to it that none of the actors' verbs is left out. */
const operations: Operations = {
  clock: { until: [] }, // a timer of the world
  permits: {
    add: ["permits.cni-add"],
    delete: ["permits.cni-del"],
    pull: ["permits.pull"],
    unpack: ["permits.unpack"],
  },
  records: {
    putSandbox: ["records.put"],
    forgetSandbox: ["records.remove"],
    putContainer: ["records.put"],
    forgetContainer: ["records.remove"],
    putAttachment: ["durable.commit"],
    forgetAttachment: ["durable.commit"],
  },
  namespaces: {
    pin: ["namespaces.pin"],
    unpin: ["namespaces.unpin"],
    look: ["monitor.look"],
  },
  infra: {
    write: ["infraBundles.write"],
    create: ["monitor.create", "tool.create"],
    start: ["runtime.start"],
    delete: ["runtime.delete"],
    clear: ["cgroups.remove"],
    settle: ["runtime.settle"],
    close: ["monitor.forget"],
    remove: ["infraBundles.remove"],
  },
  sandboxFiles: { prepare: ["sandboxFiles.prepare"], remove: ["sandboxFiles.remove"] },
  network: {
    watch: ["network.watch"],
    attach: ["network.attach"],
    detach: ["network.detach"],
    settle: ["network.settle"],
  },
  cgroups: { remove: ["cgroups.remove"], removeParent: ["cgroups.removeParent"] },
  rootfs: { mount: ["rootfs.mount"], unmount: ["rootfs.unmount"] },
  bundles: { write: ["bundles.write"], remove: ["bundles.remove"] },
  runtime: {
    start: ["runtime.start"],
    update: ["runtime.update"],
    restore: ["runtime.update"],
    checkpoint: ["runtime.checkpoint"],
    ask: ["runtime.kill"],
    force: ["runtime.kill"],
    delete: ["runtime.delete"],
    status: ["runtime.status"],
    settle: ["runtime.settle"],
  },
  monitor: {
    connect: ["monitor.connect"],
    upgrade: ["monitor.upgrade"],
    create: ["monitor.create", "tool.create"],
    look: ["monitor.look"],
    drain: ["monitor.drain"],
    acknowledge: ["monitor.acknowledge"],
    forget: ["monitor.forget"],
  },
  execs: {
    prepare: ["bundles.writeProcess", "execs.open", "streams.open"],
    spawn: ["monitor.exec", "tool.exec"],
    kill: [], // a signal, which is sent at once
    hangUp: ["streams.hangUp"],
    collect: ["execs.ended", "streams.delivered"],
    clean: ["execs.remove", "streams.remove", "bundles.removeProcess", "monitor.acknowledge"],
  },
  attaches: {
    prepare: ["streams.open"],
    join: ["monitor.attach"],
    closeInput: ["monitor.closeInput"],
    leave: ["monitor.detach", "streams.delivered", "streams.remove"],
  },
  images: {
    resolve: ["images.resolve"],
    fetch: ["images.fetch"],
    unpack: ["images.unpack"],
    commit: ["images.commit"],
    discard: ["images.discard"],
  },
  daemon: { serve: ["daemon.serve"], flush: ["daemon.flush"] },
  leaks: { sweep: ["rootfs.unmount"] },
};

/** What no actor asks for by name: reading behind what is still being written, and the end. */
const beside = ["durable.all", "durable.close"];
const known = new Set([...Object.values(operations).flatMap((verbs) => Object.values(verbs).flat()), ...beside]);

/** From here on two dozen begin all of them, also those that are rare: a start that is asked about, a terminal that hangs up. */
const FIRST_SEED = 91;
const MOST_SEEDS = 100;

describe("the operations of the simulated world", () => {
  it("are those of the actors' verbs, all of them and no others", () => {
    const text = sourcesIn("src/fuzz")
      .filter(({ path }) => path.startsWith("src/fuzz/world/") || path === "src/fuzz/daemon.ts")
      .map((source) => source.text)
      .join("\n");
    const named = new Set([...text.matchAll(/"([a-zA-Z]+\.[a-z][A-Za-z]*)"/g)].map(([, name = ""]) => name));
    const unnamed = [...known].filter((name) => /^(permits|monitor)\./.test(name)); // named after what is asked for
    assert.deepEqual(named.union(new Set(unnamed)), known);
  });

  it("are begun by name in schedules, and none that is not known", async () => {
    const begun = new Set<string>();
    const stage = setStage();
    const watcher = { fated: (name: string) => void begun.add(name) };
    const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const untried = (): readonly string[] => [...known].filter((name) => !begun.has(name) && !beside.includes(name));
    for (let seed = FIRST_SEED; seed < FIRST_SEED + MOST_SEEDS && untried().length > 0; seed++)
      await new Schedule({ source: { seed }, stage, watcher, tick }).run();
    assert.deepEqual(
      [...begun].filter((name) => !known.has(name)),
      [],
    );
    assert.deepEqual(untried(), []);
  });
});
