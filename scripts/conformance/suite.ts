/** critest's specs against a test bed's Troupe, and its benchmarks. */
import { join } from "node:path";
import type { TestBed } from "../../spec/support/test-bed.ts";
import { benchmarkFlags, benchmarksIn } from "./benchmarks.ts";
import { runCritest } from "./critest.ts";
import { digestImage } from "./images.ts";
import { selected, type SpecEnd } from "./report.ts";
import type { RunResult } from "./result.ts";

/** critest's own name for the spec of an image that cannot be made here. */
const digestSpec = "[k8s.io] Image Manager public image with digest should be pulled and removed [Conformance]";
const digestPattern = "public image with digest should be pulled";

export interface Suite {
  readonly bed: TestBed;
  /** Gets what critest says. */
  readonly log: string;
}

const whereOf = ({ bed, log }: Suite) => ({
  socket: join(bed.place, "cri.sock"),
  place: join(bed.logs, "critest"),
  log,
});

/** Why the digest's image cannot be had, in Troupe's and the registries' words; undefined: it can. */
const digestProblem = async (bed: TestBed): Promise<string | undefined> => {
  try {
    await bed.kubelet.cri.call("PullImage", { image: { image: digestImage } }, { deadlineMs: 60_000 });
    await bed.kubelet.cri.call("RemoveImage", { image: { image: digestImage } });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** Those specs of critest that match one of `focus`; all of them where it is empty. */
export const validate = async (suite: Suite, focus: readonly string[]): Promise<readonly SpecEnd[]> => {
  const isChosen = focus.length === 0 || focus.some((pattern) => new RegExp(pattern).test(digestSpec));
  const problem = isChosen ? await digestProblem(suite.bed) : undefined;
  const skip = problem === undefined ? [] : [digestPattern];
  const specs = await runCritest({ ...whereOf(suite), focus, skip, flags: [] });
  return selected(
    specs.map((spec) => (problem !== undefined && spec.name === digestSpec ? { ...spec, why: problem } : spec)),
  );
};

export const benchmark = async (suite: Suite): Promise<Pick<RunResult, "specs" | "benchmarks">> => {
  const data = join(suite.bed.logs, "benchmarks");
  const specs = await runCritest({ ...whereOf(suite), focus: [], skip: [], flags: benchmarkFlags(data) });
  return { specs: selected(specs), benchmarks: benchmarksIn(data) };
};
