/** What an operator reads of a running daemon and changes of it: metrics, the log and how much of it, settings. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { within } from "../../scripts/slow.ts";
import { troupe } from "../support/command.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { scriptedBed, type ScriptedPlugin } from "../support/scripted-plugin.ts";
import { freePort, type TestBed } from "../support/test-bed.ts";

describe("metrics and logs", inTestNode, () => {
  let bed: TestBed;
  let plugin: ScriptedPlugin;
  let file: string;
  let settings: string;
  let port: number;

  before(async () => {
    ({ bed, plugin } = await scriptedBed("told"));
    file = join(bed.place, "troupe.toml");
    settings = readFileSync(file, "utf8");
    port = await freePort();
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  /** What the daemon says up to a line with `last`, while `act` goes on. */
  const saidUpTo = async (last: RegExp, act: () => unknown): Promise<readonly string[]> => {
    const lines: string[] = [];
    const said = bed.daemon.line((line) => {
      lines.push(line);
      return last.test(line);
    });
    await act();
    await said;
    return lines;
  };
  const reloaded = (text: string, last: RegExp): Promise<readonly string[]> => {
    writeFileSync(file, text);
    return saidUpTo(last, () => process.kill(bed.daemon.life().pid, "SIGHUP"));
  };
  const withMetrics = (): string => `${settings}\n[troupe.metrics]\nenable_metrics = true\nmetrics_port = ${port}\n`;
  const scraped = async (): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    assert.equal(answer.status, 200);
    return answer.text();
  };
  const level = async (...words: readonly string[]): Promise<string> => {
    const { status, text, complaint } = await troupe(undefined, "log-level", ...words, "--run-dir", bed.daemon.runDir);
    return status === 0 ? text.trim() : `${status}: ${complaint.trim()}`;
  };

  it("take settings over at SIGHUP line by line, for whoever is created from then on", async () => {
    const pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod"));
    const changed = withMetrics()
      .replace("[troupe.runtime]\n", '[troupe.runtime]\ndefault_ulimits = ["nofile=123:123"]\n')
      .replace("network_dir = ", 'network_dir = "/elsewhere" # ');
    const old = await bed.kubelet.run(pod, "old", "sleep 60");
    // In the order of the settings' own tables, whatever the file's.
    const said = await reloaded(changed, /metrics_port was/);
    const about = (key: string): string => said.find((line) => line.includes(key)) ?? "";
    assert.match(about("default_ulimits"), /is \["nofile=123:123"\]: taken over, it holds for new containers$/);
    assert.match(about("network_dir"), /warning: .* it needs a restart of troupe serve, and is as before until then$/);
    await eventually("metrics", 5_000, () => scraped().catch(() => undefined));
    const fresh = await bed.kubelet.run(pod, "fresh", "sleep 60");
    assert.equal(await bed.kubelet.shell(fresh, "ulimit -n"), "123");
    assert.notEqual(await bed.kubelet.shell(old, "ulimit -n"), "123");
    await bed.kubelet.endPod(pod);
    await reloaded(withMetrics(), /default_ulimits was .* is \[\]: taken over/);
  });

  it("change nothing by a file that is wrong, and live on", async () => {
    await reloaded(
      `${withMetrics()}enable_metrics = true\n`,
      /error: the settings stay as they are: .*troupe\.toml cannot be read as settings/,
    );
    const bad = withMetrics().replace("[troupe.runtime]\n", '[troupe.runtime]\nlog_level = "loud"\n');
    await reloaded(bad.replace('log_level = "debug"', ""), /log_level is "loud"; it is to be one of trace, debug/);
    await scraped();
    await reloaded(withMetrics(), /nothing in them has changed/);
  });

  it("say as much as the operator wants to hear, from the next word on", async () => {
    assert.equal(await level(), "debug");
    assert.equal(await level("trace"), "trace");
    await saidUpTo(/ Version ended with OK \(\d/, () => bed.kubelet.cri.call("Version", {}));
    assert.match(await level("loud"), /^2: .*log_level is "loud"; it is to be one of trace,/);
    assert.equal(await level("info"), "info");
    const lines = await saidUpTo(/sandbox \w+ removing\.\w+ → removed/, async () =>
      bed.kubelet.endPod(await bed.kubelet.runPod(bed.kubelet.podConfig("quiet"))),
    );
    const told = lines.flatMap((line) => / → (\S+) /.exec(line)?.slice(1) ?? []);
    for (const state of ["attached", "ready", "stopped"]) assert.ok(told.includes(state), lines.join("\n"));
    for (const line of lines.filter((one) => / (sandbox|attachment) /.test(one)))
      assert.match(line, / ms\): pod e2e\/quiet$/);
    assert.deepEqual(
      told.filter((state) => state.includes(".")),
      [],
    );
    await reloaded(withMetrics(), /log_level was "info" and is "debug": taken over/);
  });

  it("name who has been stuck for half a minute, in the log and as a metric, until it is not any more", async () => {
    plugin.hold("ADD", "stuck-");
    // The sandbox, which waits for its attachment, is told of a moment before.
    const told = bed.daemon.line((line) => /not at rest for 30 s .*\): attachment\//.test(line), within(60_000));
    const running = bed.kubelet.runPod(bed.kubelet.podConfig("stuck-1"), { deadlineMs: within(90_000) });
    try {
      assert.match(await told, /\(pod e2e\/stuck-1\): .*it waits for add \(network\.attach\b.*\), since \d+\.\d s/);
      const text = await scraped();
      assert.match(text, /^troupe_stuck\{waits_for="add",longer_than="30s"\} 1$/m);
      assert.doesNotMatch(text, /longer_than="2m"/);
      assert.match(text, /^troupe_actors\{machine="attachment",state="adding"\} 1$/m);
    } finally {
      plugin.release();
      const pod = await running;
      plugin.reset();
      await bed.kubelet.endPod(pod);
    }
    assert.doesNotMatch(await scraped(), /troupe_stuck\{/);
  });

  it("count what pods do", async () => {
    const figure = async (series: string): Promise<number> => {
      const line = (await scraped()).split("\n").find((one) => one.startsWith(`${series} `));
      return Number(line?.split(" ").at(-1) ?? 0);
    };
    const states = 'troupe_state_seconds_count{machine="attachment",state="adding"}';
    const calls = 'troupe_cri_calls_total{method="RunPodSandbox",code="OK"}';
    const before = await Promise.all([states, calls].map(figure));
    const pod = await bed.kubelet.runPod(bed.kubelet.podConfig("counted"));
    await bed.kubelet.endPod(pod);
    assert.deepEqual(
      await Promise.all([states, calls].map(figure)),
      before.map((count) => count + 1),
    );
    for (const [series, least] of [
      ["troupe_image_pull_bytes_total", 1],
      ['troupe_image_pulls_total{outcome="pulled"}', 1],
      ["troupe_recorder_records_total", 100],
      ["troupe_recorder_segments", 1],
      ['troupe_queue_bound{queue="cri-calls"}', 1000],
      ['troupe_queue_bound{queue="permits-cni-add"}', 1000],
      ['troupe_queue_bound_bytes{queue="monitor-socket"}', 1 << 24],
      ["process_resident_memory_bytes", 1 << 24],
    ] as const)
      assert.ok((await figure(series)) >= least, series);
    for (const series of ["troupe_recorder_lost_records_total", "troupe_leaks"])
      assert.equal(await figure(series), 0, series);
  });
});
