import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { benchmarksIn } from "../../scripts/conformance/benchmarks.ts";
import { conformanceDocument } from "../../scripts/conformance/document.ts";
import { countsOf, selected, specsIn, tellCounts, type SpecEnd } from "../../scripts/conformance/report.ts";

const spec = (text: string, State: string, Message?: string) => ({
  ContainerHierarchyTexts: ["[k8s.io] Container", "basic"],
  LeafNodeType: "It",
  LeafNodeText: text,
  State,
  RunTime: 1_500_000,
  ...(Message === undefined ? {} : { Failure: { Message } }),
});
const report = (...SpecReports: readonly object[]): string => JSON.stringify([{ SpecReports }]);

describe("critest's report", () => {
  it("has each spec by the name that a focus matches, with its end and why", () => {
    const specs = specsIn(report(spec("starts", "passed"), spec("stops", "failed", "it did not")));
    assert.deepEqual(specs, [
      { name: "[k8s.io] Container basic starts", outcome: "passed", ms: 2, why: "" },
      { name: "[k8s.io] Container basic stops", outcome: "failed", ms: 2, why: "it did not" },
    ]);
  });

  it("counts as failed whatever did not end well: a panic, a time-out, an interruption, a set-up of the suite", () => {
    const specs = specsIn(
      report(
        spec("panics", "panicked"),
        spec("hangs", "timedout"),
        spec("is cut off", "interrupted"),
        { LeafNodeType: "BeforeSuite", State: "failed", Failure: { Message: "no runtime" } },
        { LeafNodeType: "AfterSuite", State: "passed" },
      ),
    );
    assert.equal(tellCounts(countsOf(specs)), "0 passed, 4 failed, 0 skipped");
    assert.equal(specs.at(-1)?.name, "BeforeSuite");
  });

  it("leaves out the specs that no selection took: they are skipped without a reason", () => {
    const specs = specsIn(report(spec("a", "passed"), spec("b", "skipped"), spec("c", "skipped", "no AppArmor here")));
    assert.deepEqual(countsOf(selected(specs)), { passed: 1, failed: 0, skipped: 1 });
  });

  it("of a suite in which nothing ran is empty", () => {
    assert.deepEqual(specsIn('[{"SpecReports":null}]'), []);
  });
});

describe("docs/conformance.md", () => {
  const end = (name: string, outcome: SpecEnd["outcome"], why = ""): SpecEnd => ({ name, outcome, ms: 1, why });
  const written = conformanceDocument(
    new Map([
      [
        "crun",
        {
          specs: [end("[k8s.io] a", "passed"), end("[k8s.io] b", "skipped", "no b  here | there")],
          benchmarks: [{ operation: "CreatePod", samples: 30, medianMs: 12.345 }],
          left: "",
        },
      ],
      [
        "runc",
        {
          specs: [end("[k8s.io] a", "failed", "boom"), end("[k8s.io] b", "skipped", "no b  here | there")],
          benchmarks: [],
          left: "",
        },
      ],
    ]),
    [{ name: "critest", version: "v9" }],
  );

  it("has counts, versions and figures", () => {
    assert.match(written, /^\| crun \| 1 \| 0 \| 1 \|$/m);
    assert.match(written, /^\| runc \| 0 \| 1 \| 1 \|$/m);
    assert.match(written, /^\| critest \| v9 \|$/m);
    assert.match(written, /^\| crun \| CreatePod \| 30 \| 12\.3 \|$/m);
  });

  it("keeps of a reason the first line, without what is another in each run: a loopback port, an id", () => {
    const id = "0123456789abcdef".repeat(4);
    const specs = [end("d", "skipped", `${id} of sha256:${id} is not there at 127.0.0.1:43211: unknown\nmore`)];
    const again = conformanceDocument(new Map([["crun", { specs, benchmarks: [], left: "" }]]), []);
    assert.match(again, new RegExp(`\\| ID of sha256:${id} is not there at 127\\.0\\.0\\.1:PORT: unknown \\|`));
  });

  it("says a reason that both runtimes have once, in one line of its table", () => {
    assert.match(written, /^\| b \| crun, runc \| no b here \\\| there \|$/m);
    assert.match(written, /^\| a \| runc \| boom \|$/m);
  });
});

describe("critest's benchmarks", () => {
  it("are told by the median of each operation", () => {
    const data = mkdtempSync(join(tmpdir(), "benchmarks-"));
    try {
      const datapoints = [3, 1, 2].map((ms) => ({ operationsDurationsNs: [ms * 1e6, ms * 2e6] }));
      writeFileSync(
        join(data, "pod_data.json"),
        JSON.stringify({ operationsNames: ["CreatePod", "StopPod"], datapoints }),
      );
      writeFileSync(join(data, "params.yaml"), "{}");
      assert.deepEqual(benchmarksIn(data), [
        { operation: "CreatePod", samples: 3, medianMs: 2 },
        { operation: "StopPod", samples: 3, medianMs: 4 },
      ]);
    } finally {
      rmSync(data, { recursive: true });
    }
  });
});
