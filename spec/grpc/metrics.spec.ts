import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { criMetrics } from "../../src/grpc/metrics.ts";
import { serveMetrics } from "../../src/grpc/metrics-server.ts";
import { fakeRuntime } from "../support/fake-runtime.ts";
import { serving } from "./serving.ts";

describe("metrics", () => {
  it("count calls by method and code, and what they took", async () => {
    let now = 0;
    const { registry, watch, close } = criMetrics(() => (now += 20));
    await serving(
      fakeRuntime(),
      async ({ client }) => {
        await client.call("Version", {});
        await client.call("Version", {});
        await client.call("CheckpointPod", {}).catch(() => {});
      },
      { watch },
    );
    const text = await registry.metrics();
    assert.match(text, /troupe_cri_calls_total\{method="Version",code="OK"\} 2/);
    assert.match(text, /troupe_cri_calls_total\{method="CheckpointPod",code="UNIMPLEMENTED"\} 1/);
    assert.match(text, /troupe_cri_call_seconds_sum\{method="Version",code="OK"\} 0\.04/);
    assert.match(text, /troupe_cri_calls_under_way\{method="Version"\} 0/);
    assert.match(text, /troupe_event_loop_delay_seconds\{quantile="0\.99"\} \d/);
    close();
  });

  it("show calls that have not ended", async () => {
    const { registry, watch, close } = criMetrics();
    const ended = watch("PullImage");
    assert.match(await registry.metrics(), /troupe_cri_calls_under_way\{method="PullImage"\} 1/);
    ended("OK");
    close();
  });

  it("are served at /metrics and nowhere else", async () => {
    const { registry, close } = criMetrics();
    const server = await serveMetrics({ registry, address: "127.0.0.1", port: 0 });
    const url = `http://127.0.0.1:${server.port}`;
    const answer = await fetch(`${url}/metrics`);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/plain/);
    assert.match(await answer.text(), /# TYPE troupe_cri_calls_total counter/);
    assert.equal((await fetch(`${url}/`)).status, 404);
    assert.equal((await fetch(`${url}/metrics`, { method: "POST" })).status, 404);
    await server.close();
    close();
  });

  it("say why they cannot be served", async () => {
    const { registry, close } = criMetrics();
    await assert.rejects(serveMetrics({ registry, address: "192.0.2.1", port: 9 }), /EADDRNOTAVAIL/);
    close();
  });
});
