/**
 * All that a spec of the whole daemon needs, in places of its own: a registry with an image, a CNI network, the daemon, a
 * kubelet; and the proof, after each spec, that nothing was left behind and that the next pod lives.
 */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import {
  compare,
  daemonFiles,
  nodeFolders,
  settle,
  takeCensus,
  tell,
  type Census,
} from "../../scripts/census/census.ts";
import { bridgeConflist } from "./bridge-conflist.ts";
import { busyboxImage } from "./busybox-image.ts";
import { monitorOf, processesWith, testDaemon, type TestDaemon } from "./daemon.ts";
import { eventually, Kubelet } from "./kubelet.ts";
import { pushImage, startRegistry } from "./registry.ts";

/** Of what was left behind, as a failure tells it. */
const mostLines = 12;
/** Of the daemon's log, after a failure. */
const shownLines = 60;

export const crun = "/usr/bin/crun";
export const runc = "/usr/sbin/runc";

export interface TestBedOptions {
  /** Short: it becomes part of paths. */
  readonly name: string;
  readonly defaultHandler?: string;
  readonly handlers?: Readonly<Record<string, string>>;
  /** Registries beside the bed's own. */
  readonly registries?: readonly string[];
  /** False: the directory for networks is empty at first. */
  readonly network?: boolean;
  /** CNI plugins behind the bridge. */
  readonly plugins?: readonly object[];
  /** Absent: cgroupfs. */
  readonly cgroupManager?: "cgroupfs" | "systemd";
  /** More lines of the table `troupe.runtime`. */
  readonly runtimeSettings?: readonly string[];
  /** More lines of each handler's table. */
  readonly handlerSettings?: readonly string[];
  /** Options of Node for daemon and monitor. */
  readonly nodeArgs?: readonly string[];
  /** The daemon is never the bundle. */
  readonly fromSources?: true;
  /** Its state directory is a disk of its own, one after another: its files count, and no mount of it. */
  readonly ownDisk?: true;
}

export interface TestBed {
  readonly place: string;
  readonly logs: string;
  readonly image: string;
  /** `127.0.0.1:PORT` of its registry. */
  readonly registry: string;
  readonly networkDir: string;
  /** Looked at before the distribution's plugins. */
  readonly pluginDir: string;
  readonly daemon: TestDaemon;
  readonly kubelet: Kubelet;
  /** What is there now is meant to be there: for a pod that all specs of a file use. */
  rebase(): void;
  /**
   * After each spec: fails, naming it, for whatever came since the bed was made; then a pod lives and goes. Of a spec that has
   * failed it shows what the daemon said last.
   */
  leavesNothing(spec?: { readonly passed?: boolean }): Promise<void>;
  /** Stops the daemon and all else; fails for what is still there. */
  end(): Promise<void>;
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
      .once("error", reject)
      .listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo;
        server.close(() => resolve(port));
      });
  });

/** As nodes mostly have it; each bed has its own. */
export const bridgeNetwork = (name: string, plugins: readonly object[] = []): string =>
  JSON.stringify(
    bridgeConflist({ name, bridge: `cni${process.pid}`, subnet: `10.${64 + (process.pid % 128)}.0.0/16`, plugins }),
  );

/** Of the daemon, or of a browser that a spec has open, which reaps its own in its own time. */
const isOfOurs = (place: string, line: string): boolean =>
  [`serve --config ${place}/`, `monitor --run-dir ${place}/`, "/usr/lib/chromium/", "[chromium]"].some((one) =>
    line.includes(one),
  );

/** What its daemon keeps between two lives, by the same patterns as in the places that a node has by default. */
const ownFiles = (place: string): readonly RegExp[] => [
  ...daemonFiles.map(
    ({ source }) =>
      new RegExp(source.replace("\\/run\\/troupe", `${place}/run`).replace("\\/var\\/lib\\/troupe", `${place}/root`)),
  ),
  new RegExp(
    `^${place}/(root|run/execs|run/monitor/(journal|losses|taken)(-\\d+:\\d+)?|run/infra(/[^/]+(/(infra|sys|dev|proc))?)?|(troupe.toml|registries.conf))$`,
  ),
  // Logs are the kubelet's to remove, networks their providers'.
  new RegExp(`^${place}/(logs|plugins|net\\.d|compile-cache)(/|$)`),
];

export const testBed = async (options: TestBedOptions): Promise<TestBed> => {
  const {
    name,
    handlers = { crun, runc },
    defaultHandler = "crun",
    registries = [],
    network = true,
    plugins = [],
    ownDisk = false,
    ...daemonOptions
  } = options;
  const place = `/run/e2e-${name}`;
  const [logs, networkDir, pluginDir] = [join(place, "logs"), join(place, "net.d"), join(place, "plugins")];
  for (const folder of [logs, networkDir, pluginDir]) mkdirSync(folder, { recursive: true });
  if (network) writeFileSync(join(networkDir, "10-bridge.conflist"), bridgeNetwork(`e2e-${name}`, plugins));

  let meant: readonly string[] = [];
  // The daemon and its monitor come and go with the specs; how many of them there are is asked apart.
  const isOwn = ({ kind, text }: Census[number]): boolean => kind === "processes" && isOfOurs(place, text);
  // The cgroup parent of all pods stays while there is a pod.
  const isOfAnyPod = ({ kind, key }: Census[number]): boolean =>
    kind === "cgroups" && key.endsWith("/troupe") && meant.length > 0;
  const isDisk = ({ kind, text }: Census[number]): boolean =>
    ownDisk && kind === "mounts" && text.startsWith(`${place}/root (`);
  const folders = ownDisk ? [...nodeFolders, join(place, "root")] : nodeFolders;
  const count = (): Census =>
    takeCensus({ folders }).filter((thing) => !isOwn(thing) && !isOfAnyPod(thing) && !isDisk(thing));
  const atFirst = count();
  const registry = await startRegistry({ port: await freePort(), dir: join(place, "registry") });
  await pushImage(registry.host, "busybox", "e2e", busyboxImage());
  const image = `${registry.host}/busybox:e2e`;
  const daemon = testDaemon({
    place,
    handlers,
    defaultHandler,
    networkDir,
    registries: [registry.host, ...registries],
    ...daemonOptions,
    pluginDirs: [pluginDir, "/opt/cni/bin", "/usr/lib/cni"],
  });
  const kubelet = new Kubelet(() => daemon.client(), { logs, image });

  let lives = 0;
  const goodLife = async (): Promise<void> => {
    const pod = await kubelet.runPod(kubelet.podConfig(`good-${++lives}`));
    const id = await kubelet.run(pod, "app", "echo alive; exit 3");
    assert.equal((await kubelet.exited(id)).exit_code, 3);
    await kubelet.remove(id);
    await kubelet.endPod(pod);
  };
  const tidy = async (): Promise<void> => {
    const { containers } = await kubelet.cri.call("ListContainers", {});
    for (const { id } of containers) if (!meant.includes(id)) await kubelet.remove(id);
    const { items } = await kubelet.cri.call("ListPodSandbox", {});
    for (const pod of items) if (!meant.includes(pod.id)) await kubelet.endPod(pod);
  };
  const nothingBut = async (base: Census): Promise<void> => {
    const marks = [...kubelet.ids].filter((id) => !meant.includes(id));
    const { left } = await settle(() => compare(base, count(), { marks, own: ownFiles(place) }));
    assert.ok(left.length === 0, tell(left).split("\n").slice(0, mostLines).join("\n"));
  };

  // What still ran would keep the spec from its end.
  const close = async (): Promise<void> => {
    await daemon.kill();
    await registry.stop();
  };

  const ready = (): Promise<boolean> =>
    eventually("a monitor", 20_000, async () => ((await kubelet.isReady("RuntimeReady")).ok ? true : undefined));

  try {
    await daemon.start();
    await ready();
    await kubelet.cri.call("PullImage", { image: { image } });
    if (network) {
      await eventually("a network", 10_000, async () =>
        (await kubelet.isReady("NetworkReady")).ok ? true : undefined,
      );
      await goodLife();
    }
  } catch (error) {
    await close();
    throw error;
  }
  let base = count();

  return {
    place,
    logs,
    image,
    registry: registry.host,
    networkDir,
    pluginDir,
    daemon,
    kubelet,
    rebase: () => {
      base = count();
      meant = [...kubelet.ids];
    },
    leavesNothing: async ({ passed = true } = {}) => {
      if (!passed) console.log(["the daemon's last lines:", ...daemon.lines.slice(-shownLines)].join("\n  "));
      try {
        await nothingBut(base);
      } catch (error) {
        await tidy(); // what one spec leaves is not to fail the next ones
        throw error;
      }
      assert.equal(processesWith(`serve --config ${place}/`).length, 1, "daemons");
      const monitors = (): number => processesWith(`monitor --run-dir ${place}/`).length;
      // One that was killed at the very end is being replaced.
      await eventually("a monitor", 20_000, () => monitors() > 0 || undefined);
      await ready();
      assert.equal(monitors(), 1, "monitors");
      if (network) await goodLife();
    },
    end: async () => {
      meant = [];
      let status: number;
      try {
        const { images } = await kubelet.cri.call("ListImages", {});
        for (const { id } of images) await kubelet.cri.call("RemoveImage", { image: { image: id } });
        status = await daemon.stop();
      } finally {
        await close();
      }
      await eventually("the end of the monitor", 15_000, () => monitorOf(daemon) === undefined || undefined);
      rmSync(join(place, "registry"), { recursive: true });
      await nothingBut(atFirst);
      rmSync(place, { recursive: true });
      assert.equal(status, 0, daemon.lines.join("\n"));
    },
  };
};
