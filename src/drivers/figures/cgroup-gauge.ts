/** The figures of one cgroup, time after time: its open files, and the rate at which it uses the CPUs. */
import type { CgroupFigures, MonoMs, WallNs } from "../../vocabulary/index.ts";
import type { CgroupDirectories } from "./cgroup-directories.ts";
import { readCgroup } from "./cgroup-reading.ts";
import { CpuRate } from "./cpu-rate.ts";
import { KeptFiles, type DescriptorBudget } from "./kept-files.ts";

export interface Clock {
  monoMs(): MonoMs;
  wallNs(): WallNs;
}

export class CgroupGauge {
  readonly directories: CgroupDirectories;
  readonly #files: KeptFiles;
  readonly #clock: Clock;
  readonly #rate = new CpuRate();

  constructor(directories: CgroupDirectories, budget: DescriptorBudget, clock: Clock) {
    this.directories = directories;
    this.#files = new KeptFiles(budget);
    this.#clock = clock;
  }

  /** Throws Node's error, ENODEV, when the cgroup is gone. */
  read(): CgroupFigures {
    const { version, of } = this.directories;
    const figures = readCgroup(
      version,
      (controller, name) => {
        const directory = of(controller);
        return directory === undefined ? undefined : this.#files.read(`${directory}/${name}`);
      },
      this.#clock.wallNs(),
    );
    const { cpu } = figures;
    if (!cpu) return figures;
    const nanoCores = this.#rate.of(this.#clock.monoMs(), cpu.usageNs);
    return nanoCores === undefined ? figures : { ...figures, cpu: { ...cpu, nanoCores } };
  }

  close(): void {
    this.#files.close();
  }
}
