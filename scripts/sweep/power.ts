/**
 * Loses power at one step of a pod's life on the disk: everything that was not synced is lost, and /run with all that ran. The
 * next boot's daemon has to know of no pod, give back its network, and have each image whole or not at all.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bridgeNetwork, testBed, type TestBed } from "../../spec/support/test-bed.ts";
import { eventually } from "../../spec/support/kubelet.ts";
import { losePower, otherBoots } from "../../spec/support/power.ts";
import { useConflist } from "../../spec/support/scripted-plugin.ts";
import { Patient } from "../beat/patient.ts";
import { attempt, deedAt, isReady, markOf, stepOf, strike, WORTH_IT } from "./kill.ts";
import { makeDisk, type Disk } from "./disk.ts";
import { live } from "./life.ts";
import type { Point, Swept } from "./point.ts";

const BUSYBOX = "/bin/busybox";
/** What no boot before may leave to this one. */
const LEFT = /^(images\/(tmp|trash)|containers)\//;
/** Of the image, each with a name in its /bin. */
const FEWEST_APPLETS = 200;

export interface PowerBed extends TestBed {
  readonly disk: Disk;
  readonly nextBoot: () => void;
  /** Processes that are not of the node: the registry, and who looks on. */
  readonly staff: ReadonlySet<number>;
}

const processes = (): readonly number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

export const powerBed = async (): Promise<PowerBed> => {
  const boot = "/run/sweep-boot-id";
  const boots = otherBoots(boot);
  const bed = await testBed({ name: "power", ownDisk: true });
  // A reboot takes the kernel's rules as well; here nobody would, so the network makes none.
  await useConflist(bed, bridgeNetwork("e2e-power-plain").replace('"ipMasq":true', '"ipMasq":false'));
  const { daemon, kubelet, image, place } = bed;
  const staff = new Set(processes());
  await daemon.kill();
  const disk = makeDisk(join(place, "logs", "disks"), join(place, "root"));
  await daemon.start();
  await kubelet.cri.call("PullImage", { image: { image } });
  bed.rebase();
  const end = async (): Promise<void> => {
    await daemon.kill();
    disk.remove();
    await daemon.start();
    boots.end();
    await bed.end();
    rmSync(boot);
  };
  return { ...bed, disk, nextBoot: () => boots.next(), staff, end };
};

const isPowerBed = (bed: TestBed): bed is PowerBed => "disk" in bed;

/** All that ran ends, and the disk has what was synced; then the node is on again. */
const reboot = async (bed: PowerBed): Promise<void> => {
  const { daemon, disk, nextBoot, staff } = bed;
  const own = processes().filter((pid) => !staff.has(pid));
  await losePower(daemon, own, () => disk.cut());
  for (const name of readdirSync(daemon.runDir)) rmSync(join(daemon.runDir, name), { recursive: true });
  for (const name of readdirSync("/run/netns")) rmSync(join("/run/netns", name));
  disk.mount();
  nextBoot();
  await daemon.start();
};

/** What the next boot finds: no pod; and of each image that is listed, all. */
const look = async (bed: PowerBed, findings: string[]): Promise<void> => {
  const { kubelet, image, place } = bed;
  const { items } = await kubelet.cri.call("ListPodSandbox", {});
  const { containers } = await kubelet.cri.call("ListContainers", {});
  if (items.length + containers.length > 0) findings.push("a pod or a container of the boot before is listed");
  const rest = (): readonly string[] =>
    readdirSync(join(place, "root"), { recursive: true, encoding: "utf8" }).filter((path) => LEFT.test(path));
  await eventually("the end of what the boot before has left", 5000, () => rest().length === 0 || undefined).catch(() =>
    findings.push(`left of the boot before: ${rest().join(", ")}`),
  );
  const { images } = await kubelet.cri.call("ListImages", {});
  if (images.length === 0) return;
  const pod = await kubelet.runPod(kubelet.podConfig("looks"));
  const config = kubelet.appConfig("looks", "exec sleep 60", { image: { image } });
  const id = await kubelet.create(pod, config);
  await kubelet.start(id);
  const said = await kubelet.shell(id, `sha256sum ${BUSYBOX}; ls /bin | wc -l`);
  const whole = createHash("sha256").update(readFileSync(BUSYBOX)).digest("hex");
  const [sum, count] = [said.slice(0, 64), Number(said.split("\n")[1])];
  if (sum !== whole || count < FEWEST_APPLETS) findings.push(`the image is listed and is not whole: ${said}`);
  await kubelet.endPod(pod);
};

export const losePowerInLife = async (bed: TestBed, point: Point): Promise<Swept> => {
  if (!isPowerBed(bed)) throw new Error("this bed has no power to lose");
  const findings: string[] = [];
  const mark = markOf(point);
  let step: string | undefined;
  const order = { folders: [join(bed.place, "root")], only: WORTH_IT, deed: deedAt(point) };
  let lost = false;
  await attempt(findings, async () => {
    const { died, traced } = await strike(
      bed,
      order,
      async () => {
        await reboot(bed);
        lost = true;
      },
      // The kubelet is of the boot before as well: its life is not gone on with.
      async (patient) => {
        const mortal = new Patient(bed.kubelet, async () => {
          await patient.quiet();
          if (lost) throw new Error("the power is gone");
        });
        const told = await live(bed, mortal, { mark }).catch((error: unknown) => {
          if (!lost) throw error;
          return [];
        });
        if (!lost) findings.push(...told);
      },
    );
    if (died) step = stepOf(traced, point, bed);
    await isReady(bed);
    if (died) await look(bed, findings);
    if (died)
      findings.push(...(await live(bed, new Patient(bed.kubelet, () => Promise.resolve()), { mark: `${mark}-next` })));
  });
  return { findings, ...(step !== undefined && { step }) };
};
