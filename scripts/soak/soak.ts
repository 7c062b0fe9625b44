/**
 * A node in use for a long time, in rounds: pods come and go in all slots, then the node is empty for a moment, and looked at.
 *
 *   warm-up ─▶ steady: nobody dies, what is held is measured ─▶ deaths: daemon and monitor die at random ─▶ empty node
 *
 * Heaps and descriptors are compared between two moments at which there is no pod and no garbage: what is more then is kept
 * by a program that has nothing to keep it for. Only the steady part says so, for who dies holds nothing.
 */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { monitorOf, processesWith } from "../../spec/support/daemon.ts";
import { numbersFrom } from "../../spec/support/seeded.ts";
import { crun, runc, testBed, type TestBed } from "../../spec/support/test-bed.ts";
import { Patient } from "../beat/patient.ts";
import { Deaths } from "./deaths.ts";
import { livePods, type Tally } from "./pod-life.ts";
import { judge, trendOf, type Sample } from "./trend.ts";
import { probedBy, snapshotOf, vitalsOf } from "./vitals.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly pods: number;
  readonly seed: number;
  readonly tell: (text: string) => void;
  /** Heap snapshots of the daemon go there: after the warm-up, and at the end of the steady part. */
  readonly snapshots?: string;
}

export interface Soaked {
  /** Pods that lived. */
  readonly pods: number;
  readonly deaths: number;
  readonly findings: readonly string[];
}

/** Shares of the whole time. */
const WARM_UP = 1 / 6;
const STEADY = 1 / 2;
const LONGEST_ROUND_MS = 60_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Of growth, an hour. */
const LIMIT = 0.01;
const MIB = 1024 * 1024;

const PROGRAMS = ["daemon", "monitor"] as const;
/** `memory` is told and not judged: what an allocator keeps for later goes up and down by itself. */
const MEASURES = ["heap", "descriptors", "memory"] as const;
type Program = (typeof PROGRAMS)[number];
type Measure = (typeof MEASURES)[number];

const PLACE = "/run/e2e-soak";

export const soak = async (options: SoakOptions): Promise<Soaked> => {
  const probes = join(PLACE, "logs", "probes");
  mkdirSync(probes, { recursive: true });
  const bed = await testBed({ name: "soak", handlers: { crun, runc }, nodeArgs: probedBy(probes) });
  return new Soak(bed, probes, options).run();
};

class Soak {
  readonly #bed: TestBed;
  readonly #probes: string;
  readonly #options: SoakOptions;
  readonly #begun = performance.now();
  readonly #random;
  readonly #tally: Tally = { pods: 0, jobs: 0, probes: 0, lines: 0, unknown: 0, findings: [] };
  readonly #deaths: Deaths;
  readonly #samples = new Map<`${Program} ${Measure}`, Sample[]>();
  #round = 0;

  constructor(bed: TestBed, probes: string, options: SoakOptions) {
    this.#bed = bed;
    this.#probes = probes;
    this.#options = options;
    this.#random = numbersFrom(options.seed);
    this.#deaths = new Deaths(bed, numbersFrom(options.seed + 1), this.#tally.findings);
  }

  async run(): Promise<Soaked> {
    const { minutes, tell, snapshots } = this.#options;
    const progress = setInterval(() => tell(this.#tellProgress()), MINUTE_MS);
    const whole = minutes * MINUTE_MS;
    try {
      await this.#rounds("warm-up", this.#begun + whole * WARM_UP);
      await this.#snapshot(snapshots, "warm");
      await this.#look();
      await this.#rounds("steady", this.#begun + whole * (WARM_UP + STEADY), () => this.#look());
      await this.#snapshot(snapshots, "steady");
      for (const text of this.#judge()) tell(text);
      await this.#rounds("deaths", this.#begun + whole);
    } finally {
      clearInterval(progress);
    }
    await this.#try("the end", () => this.#bed.end());
    tell(this.#tellProgress());
    const { pods, findings } = this.#tally;
    return { pods, deaths: this.#deaths.count, findings };
  }

  /** Round after round until `untilMs`, of performance.now(); at least one. After each the node must be empty. */
  async #rounds(phase: string, untilMs: number, after: () => Promise<void> = async () => {}): Promise<void> {
    do {
      const end = Math.min(untilMs, performance.now() + LONGEST_ROUND_MS);
      this.#round++;
      const patient = new Patient(this.#bed.kubelet, () => this.#deaths.quiet());
      const slots = Array.from({ length: this.#options.pods }, (_, slot) => {
        const random = numbersFrom(this.#random(1 << 30));
        const life = { patient, deaths: this.#deaths, random, tally: this.#tally };
        return livePods(`soak-${slot}`, end, life);
      });
      const deaths = phase === "deaths" ? this.#deaths.reign(end) : Promise.resolve();
      await Promise.all([...slots, deaths]);
      await this.#try(`round ${this.#round}, ${phase}`, () => this.#bed.leavesNothing());
      this.#dropLogs();
      await after();
    } while (performance.now() + LONGEST_ROUND_MS / 4 < untilMs);
  }

  /** As the kubelet does with those of pods that are gone. */
  #dropLogs(): void {
    const { logs, kubelet } = this.#bed;
    for (const name of readdirSync(logs))
      if (join(logs, name) !== this.#probes) rmSync(join(logs, name), { recursive: true });
    kubelet.ids.clear();
  }

  #pidOf(program: Program): number | undefined {
    const { daemon } = this.#bed;
    return program === "monitor" ? monitorOf(daemon) : processesWith(`serve --config ${daemon.place}/`)[0];
  }

  /** On an empty node, without garbage. */
  async #look(): Promise<void> {
    const hours = (performance.now() - this.#begun) / HOUR_MS;
    const told: string[] = [];
    for (const program of PROGRAMS) {
      const pid = this.#pidOf(program);
      if (pid === undefined) throw new Error(`there is no ${program}`);
      const vitals = await vitalsOf(this.#probes, pid);
      for (const measure of MEASURES) {
        const samples = this.#samples.get(`${program} ${measure}`) ?? [];
        this.#samples.set(`${program} ${measure}`, [...samples, { hours, value: vitals[measure] }]);
      }
      told.push(`${program} ${(vitals.heap / MIB).toFixed(2)} MiB and ${vitals.descriptors} descriptors`);
    }
    this.#options.tell(`empty after round ${this.#round}: ${told.join(", ")}`);
  }

  #judge(): readonly string[] {
    return [...this.#samples].map(([what, samples]) => {
      const trend = trendOf(samples);
      const verdict = judge(trend, LIMIT);
      const [slope, error] = [trend.slope, trend.error].map((share) => (share * 100).toFixed(2));
      const last = samples.at(-1)?.value ?? Number.NaN;
      const value = what.endsWith("descriptors") ? String(last) : `${(last / MIB).toFixed(2)} MiB`;
      const text = `${what}: ${value}, ${slope} % an hour (± ${error}, ${samples.length} looks): ${verdict}`;
      if (verdict === "grows" && !what.endsWith("memory")) this.#tally.findings.push(text);
      return text;
    });
  }

  async #snapshot(directory: string | undefined, name: string): Promise<void> {
    if (directory === undefined) return;
    for (const program of PROGRAMS) {
      const file = join(directory, `${program}-${name}.heapsnapshot`);
      await snapshotOf(this.#probes, this.#pidOf(program) ?? -1, file);
    }
  }

  async #try(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#tally.findings.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #tellProgress(): string {
    const { pods, jobs, probes, lines, unknown, findings } = this.#tally;
    const minutes = ((performance.now() - this.#begun) / MINUTE_MS).toFixed(1);
    const counts = `${pods} pods, ${jobs} jobs, ${probes} probes, ${lines} lines, ${unknown} exits unknown`;
    return `${minutes} min: ${counts}; ${this.#deaths.tell()}; ${findings.length} findings`;
  }
}
