/** critest -benchmark: how much of it, and what it measured. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Benchmark {
  /** As critest calls the operation: `CreateContainer`. */
  readonly operation: string;
  readonly samples: number;
  readonly medianMs: number;
}

/** critest skips a benchmark whose number nobody names. Keys as it reads them; timeouts are the longest gap between two samples. */
const params = {
  containersNumber: 30,
  containersNumberParallel: 1,
  podsNumber: 30,
  podsNumberParallel: 1,
  imagesNumber: 10,
  imagesNumberParallel: 1,
};

/** Flags for a benchmark whose data go to the directory `data`, which is made. */
export const benchmarkFlags = (data: string): readonly string[] => {
  mkdirSync(data, { recursive: true });
  const file = join(data, "params.yaml");
  writeFileSync(file, JSON.stringify(params)); // JSON is YAML, too
  return ["-benchmark", `-benchmarking-params-file=${file}`, `-benchmarking-output-dir=${data}`];
};

interface Data {
  readonly operationsNames: readonly string[];
  readonly datapoints: readonly { readonly operationsDurationsNs: readonly number[] }[] | null;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Each operation of each data file in `data`. */
export const benchmarksIn = (data: string): readonly Benchmark[] =>
  (existsSync(data) ? readdirSync(data) : [])
    .filter((file) => file.endsWith(".json"))
    .toSorted()
    .flatMap((file) => {
      const { operationsNames, datapoints } = JSON.parse(readFileSync(join(data, file), "utf8")) as Data;
      const samples = datapoints ?? [];
      return operationsNames.map((operation, index) => ({
        operation,
        samples: samples.length,
        medianMs: median(samples.map(({ operationsDurationsNs }) => operationsDurationsNs[index] ?? 0)) / 1e6,
      }));
    });
