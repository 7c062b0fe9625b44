/**
 * The part of a conformance run that is in a test node: a registry with the images, Troupe with its registries redirected
 * to that one, critest, and a census when it has ended. Says what came of it in a file, as JSON (`RunResult`).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pushImage } from "../../spec/support/registry.ts";
import { portmap } from "../../spec/support/bridge-conflist.ts";
import { crun, runc, testBed, type TestBed } from "../../spec/support/test-bed.ts";
import { runCritest } from "./critest.ts";
import { digestImage, redirection, testImages } from "./images.ts";
import { selected, type SpecEnd } from "./report.ts";
import type { RunResult } from "./result.ts";
import { benchmarkFlags, benchmarksIn } from "./benchmarks.ts";

const { values } = parseArgs({
  options: {
    runtime: { type: "string", default: "crun" },
    packages: { type: "string", default: "" },
    out: { type: "string", default: "" },
    focus: { type: "string", multiple: true, default: [] },
    benchmark: { type: "boolean", default: false },
  },
});

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
/** critest's own name for the spec of an image that cannot be made here. */
const digestSpec = "[k8s.io] Image Manager public image with digest should be pulled and removed [Conformance]";
const digestPattern = "public image with digest should be pulled";

/** Why the digest's image cannot be had, in Troupe's and the registries' words; undefined: it can. */
const digestProblem = async (bed: TestBed): Promise<string | undefined> => {
  try {
    await bed.kubelet.cri.call("PullImage", { image: { image: digestImage } }, { deadlineMs: 60_000 });
    await bed.kubelet.cri.call("RemoveImage", { image: { image: digestImage } });
    return undefined;
  } catch (error) {
    return textOf(error);
  }
};

const removeImages = async (bed: TestBed): Promise<void> => {
  const { images } = await bed.kubelet.cri.call("ListImages", {});
  for (const { id, repo_tags } of images)
    if (!repo_tags.includes(bed.image)) await bed.kubelet.cri.call("RemoveImage", { image: { image: id } });
};

const validated = async (bed: TestBed): Promise<readonly SpecEnd[]> => {
  const problem = await digestProblem(bed);
  const specs = await runCritest({
    socket: join(bed.place, "cri.sock"),
    focus: values.focus,
    skip: problem === undefined ? [] : [digestPattern],
    flags: [],
    place: join(bed.logs, "critest"),
    log: join(values.out, "critest.log"),
  });
  const wanted = values.focus.length === 0 || values.focus.some((focus) => new RegExp(focus).test(digestSpec));
  return selected(
    specs.map((spec) =>
      wanted && problem !== undefined && spec.name === digestSpec && spec.why === "" ? { ...spec, why: problem } : spec,
    ),
  );
};

const benchmarked = async (bed: TestBed): Promise<Pick<RunResult, "specs" | "benchmarks">> => {
  const data = join(bed.logs, "benchmarks");
  const specs = await runCritest({
    socket: join(bed.place, "cri.sock"),
    focus: [],
    skip: [],
    flags: benchmarkFlags(data),
    place: join(bed.logs, "critest"),
    log: join(values.out, "benchmark.log"),
  });
  return { specs: selected(specs), benchmarks: benchmarksIn(data) };
};

const runtime = values.runtime === "runc" ? runc : crun;
const bed = await testBed({
  name: "conformance",
  handlers: { [values.runtime]: runtime },
  defaultHandler: values.runtime,
  plugins: [portmap],
});
for (const { repository, tag, image } of testImages(values.packages))
  await pushImage(bed.registry, repository, tag, image);
writeFileSync(join(bed.place, "registries.conf"), redirection(bed.registry));
bed.rebase(); // the registry's files

const { specs, benchmarks } = values.benchmark
  ? await benchmarked(bed)
  : { specs: await validated(bed), benchmarks: [] };
let left = "";
try {
  await removeImages(bed);
  await bed.leavesNothing();
  await bed.end();
} catch (error) {
  left = textOf(error);
}
writeFileSync(join(values.out, "daemon.log"), `${bed.daemon.lines.join("\n")}\n`);
const result: RunResult = { specs, benchmarks, left };
writeFileSync(join(values.out, "result.json"), JSON.stringify(result));
process.exit(0);
