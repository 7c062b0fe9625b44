/**
 * The daemon: composition root, the only file that knows all layers. It makes the drivers, reads what an earlier daemon
 * left, starts the tree, and lets callers in when the tree knows what is true.
 */
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { ClientSessions } from "./composition/client-sessions.ts";
import { checkSettings } from "./composition/container-settings.ts";
import { daemonEvents } from "./composition/daemon-events.ts";
import { daemonMetrics } from "./composition/daemon-metrics.ts";
import { handsOf } from "./composition/drivers.ts";
import { callsUnderWay } from "./composition/calls-under-way.ts";
import { serveControl } from "./composition/control.ts";
import { figuresOf } from "./composition/figures.ts";
import { namesIn, recordedCalls } from "./composition/flight.ts";
import { flightRecorder } from "./composition/flight-recorder.ts";
import { inventoryOf } from "./composition/inventory.ts";
import { liveScene } from "./composition/live-scene.ts";
import { MetricsPort } from "./composition/metrics-port.ts";
import { monitorListener } from "./composition/monitor-listener.ts";
import { toldOnce } from "./composition/monitor-trouble.ts";
import { partsOfNode } from "./composition/parts-of-node.ts";
import { leavePastBoot, thisBoot } from "./composition/past-boot.ts";
import { NETNS_DIR, placesOf } from "./composition/places.ts";
import { recall } from "./composition/recall.ts";
import type { Attachments } from "./composition/record-hands.ts";
import { recordedBy, watchingGuards } from "./composition/recorded-system.ts";
import { toldTo, type Report } from "./composition/report.ts";
import { servicesOf } from "./composition/services.ts";
import { SettingsInForce } from "./composition/settings-in-force.ts";
import { Streaming } from "./composition/streaming.ts";
import { toldStuck } from "./composition/stuck-log.ts";
import { lockDirectories } from "./composition/state-locks.ts";
import { toldCalls } from "./composition/told-calls.ts";
import { watchedLoop } from "./composition/watched-loop.ts";
import { realTimers, realWorld } from "./composition/world.ts";
import { inheritNothing } from "./drivers/linux/descriptor.ts";
import { warmPool } from "./drivers/linux/pool.ts";
import { profiler } from "./drivers/profiles/profiler.ts";
import type { StoreThread } from "./drivers/records/durable.ts";
import type { Watchdog } from "./drivers/watchdog/watchdog.ts";
import { containerConfigFromBytes, sandboxConfigFromBytes } from "./grpc/from-cri/configured.ts";
import { criMetrics } from "./grpc/metrics.ts";
import { serveCri, type CriServer } from "./grpc/server.ts";
import type { MonitorLinkContext } from "./machines/monitor-link.ts";
import type { Read } from "./settings/files.ts";
import { emptyBooks } from "./supervisors/books.ts";
import { attachActorId, objectOf } from "./vocabulary/actor-ids.ts";
import { runtimeOf } from "./supervisors/calls/index.ts";
import { Events } from "./supervisors/events.ts";
import { StuckWatch } from "./supervisors/stuck-watch.ts";
import { System } from "./supervisors/system.ts";
import { growTree } from "./supervisors/tree.ts";
import { version } from "./version.ts";

export interface ServeOptions {
  /** What the settings' files say. */
  readonly read: Read;
  /** Reads them again; throws Invalid. */
  readonly readAgain: () => Read;
  /** Program and arguments that start a monitor; absent: somebody else does. */
  readonly startMonitor?: readonly [string, ...string[]];
  /** Of the durable store, begun before; it opens nothing before `serve` knows that no other daemon runs. */
  readonly storeThread?: StoreThread;
  readonly report: Report;
  /** Callers are let in. */
  readonly served: () => void;
  /** It was told to end. */
  readonly ending: () => void;
}

/** How long recovery may keep callers waiting for something that cannot be looked at. */
const PATIENCE_MS = 10_000;

/** Serves until it is told to end; answers the exit status. Rejects with Unavailable where another one serves already. */
export const serve = async (options: ServeOptions): Promise<number> => {
  const { read, readAgain, startMonitor, storeThread, served, ending } = options;
  const inForce = new SettingsInForce({ read, readAgain, check: checkSettings, say: options.report.say });
  const settings = inForce.now;
  process.on("SIGHUP", () => inForce.reload());
  inheritNothing();
  await warmPool();
  const { root, runroot, listen } = settings;
  const locks = lockDirectories([
    { directory: runroot, mode: 0o755 },
    { directory: root, mode: 0o711 }, // root of a pod's own user namespace passes through
  ]);
  for (const warning of settings.warnings) options.report.say("warning", warning);
  const boot = { version, boot: thisBoot(), say: options.report.say };
  leavePastBoot({ runroot, netnsDir: NETNS_DIR, ...boot });

  const over = Promise.withResolvers<number>();
  const books = emptyBooks();
  const attachments: Attachments = new Map();
  const parts = await partsOfNode({
    settings: () => inForce.now,
    ...(startMonitor && { startMonitor }),
    ...(storeThread && { storeThread }),
    warn: (text) => options.report.say("warning", text),
    storeFailed: (error) => void system.tell("scribe", { type: "storeFailed", reason: error.message }),
  });
  const entered = { cause: () => 0 };
  const nameOf = namesIn(books, (pullId) => hands.pullReference(pullId));
  const flight = flightRecorder(placesOf(settings).flight, {
    now: () => parts.clock.monoMs(),
    wallMs: () => parts.clock.wallMs(),
    cause: () => entered.cause(),
    nameOf,
  });
  const { recorder, ring } = flight;
  const calls = callsUnderWay(recordedCalls(recorder), parts.clock);
  const report = toldTo(options.report, (level, text) => recorder.noteOutside({ kind: "said", level, text }));
  for (const { handler, reason } of parts.unusable) report.say("warning", `runtime handler ${handler}: ${reason}`);
  const { debris, doubts, spared } = await recall(parts, books, attachments, {
    sandbox: sandboxConfigFromBytes,
    container: containerConfigFromBytes,
  });
  for (const doubt of doubts) report.say("warning", doubt);

  const events = new Events(books, {
    wallNs: () => parts.clock.wallNs(),
    cutOff: (text) => report.say("warning", text),
  });
  inForce.onChange((changed) => report.setLevel(changed.logLevel));
  const open: { cri?: CriServer; control?: Server; watchdog?: Watchdog } = {};
  const streaming = new Streaming(new ClientSessions());
  const stuck = new StuckWatch({
    ...realTimers,
    now: () => parts.clock.monoMs(),
    explain: (actor) => system.explainer.explain(actor),
    told: toldStuck(report, nameOf, (actor) => system.explain(actor)),
  });
  const counted = criMetrics();
  const measured = { system: () => system, stuck, parts, events, cri: () => open.cri, streaming, flight };
  const metrics = daemonMetrics(counted.registry, measured);
  const metricsPort = new MetricsPort(counted.registry, report.say);
  const hands = handsOf(parts, books, attachments, streaming.sessions, {
    hostname: hostname(),
    get logBounds() {
      return inForce.now.logBounds;
    },
    allowedAnnotations: (handler) =>
      inForce.now.handlers.find(({ name }) => name === handler)?.allowedAnnotations ?? [],
    get logToJournald() {
      return inForce.now.logToJournald;
    },
    connect: toldOnce(
      () => parts.monitor.connect(monitorListener(system, books, parts, spared, () => parts.clock.monoMs())),
      (text) => report.say("warning", text),
    ),
    inputEnded: (attach) => void system.tell(attachActorId(attach), { type: "inputEnded" }),
    fetched: (bytes) => metrics.fetched(bytes),
    forgotten: (id) => {
      streaming.forget(id);
      parts.figures.forget(id);
    },
    networkChanged: (readiness) =>
      void system.tell("network", { type: "changed", readiness, at: parts.clock.monoMs() }),
    async serve() {
      mkdirSync(dirname(listen), { recursive: true });
      const watch = toldCalls(counted.watch, options.report, () => parts.clock.monoMs());
      const defect = (method: string, error: unknown): void => report.say("error", `${method}: ${String(error)}`);
      open.control = await serveControl(join(runroot, "inspect.sock"), {
        scene: () => liveScene({ system, nameOf, recorder, underWay: calls, clock: parts.clock }),
        waits: () => [...doubts, ...system.waits()],
        imageRoute: (image, signal) => parts.imageRoute(image, signal),
        upgradeMonitor: () => system.upgradeMonitor().then(() => ({ pid: monitorPid() ?? 0 })),
        retry: (actor) => system.retry(actor),
        images: runtime,
        logLevel: () => report.level(),
        setLogLevel(word) {
          inForce.set("troupe.runtime.log_level", word);
          return report.level();
        },
        profile: profiler().take,
      });
      await metricsPort.serveAt(inForce.now.metrics);
      inForce.onChange((changed) => metricsPort.follow(changed.metrics));
      await streaming.open(settings.streaming, runtime, (text) => report.say("warning", `streaming: ${text}`));
      const identity = { name: settings.runtimeName, version };
      open.cri = await serveCri({ runtime, socket: listen, identity, watch, log: calls, defect });
      report.say("info", `serving CRI v1 on ${listen}, ${books.sandboxes.views().length} sandboxes known`);
      served();
      open.watchdog = watchedLoop(placesOf(settings).flight, report, (what) => recorder.noteOutside(what));
    },
    async flush() {
      events.close();
      // At once: a call under way, which is given some time to end, is no reason to keep clients that stream.
      await Promise.all([open.cri?.close(), streaming.close()]);
      await metricsPort.close();
      open.control?.close();
      parts.figures.close();
      parts.network.close();
      parts.monitor.close();
      await parts.images.close();
      await parts.durable.close();
      await open.watchdog?.close();
    },
  });

  const system: System = new System({
    world: realWorld(hands.drivers, parts.clock),
    inventory: inventoryOf({ books, attachments, debris, underWay: hands.underWay, now: () => parts.clock.monoMs() }),
    wallMs: () => parts.clock.wallMs(),
    patienceMs: PATIENCE_MS,
    tree: growTree(watchingGuards((actor, guard) => recorder.refuse(actor, guard))),
    events: daemonEvents({
      report,
      nameOf,
      recorded: recordedBy(recorder, (actor, caller) => calls.attached(actor, caller)),
      metrics,
      stuck,
      giveBack: (actor) => hands.giveBack(objectOf(actor)),
      over: over.resolve,
    }),
  });
  entered.cause = () => system.door.cause;
  const monitorPid = (): number | null =>
    (system.find("monitor-link")?.getSnapshot().context as MonitorLinkContext | undefined)?.pid ?? null;
  const { execs, attaches } = hands;
  const forCommands = { execs, attaches, streaming: streaming.services, figures: figuresOf(parts, books) };
  const services = servicesOf(parts, () => inForce.now, hands.announcePull, forCommands, {
    pid: monitorPid,
    explain: () => system.explain("monitor-link"),
  });
  const runtime = runtimeOf(system, books, services, events);

  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      ending();
      void system.tell("life", { type: "close" });
    });
  system.start();
  const status = await over.promise;
  system.close();
  stuck.close();
  counted.close();
  ring.close();
  locks.release();
  return status;
};
