import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { patience } from "../../../src/drivers/images/patience.ts";
import { fails, FakeRegistry, never } from "./fake-registry.ts";

/** Of a registry whose first answers are these: how often it was asked, the pauses between, and what was told of them. */
const asked = async (
  answers: readonly ((response: ServerResponse) => void)[],
  outcome: (manifest: Promise<unknown>) => Promise<unknown>,
) => {
  const waiting = [...answers];
  await using fake = await FakeRegistry.start((_, response) => {
    const answer = waiting.shift();
    if (answer) return answer(response);
    response.end("{}");
  });
  const pauses: number[] = [];
  const told: string[] = [];
  const pause = (ms: number): Promise<void> => Promise.resolve(void pauses.push(ms));
  const registry = fake.open({ patience: patience({ pause, random: () => 1, wallMs: () => 1_000_000 }) });
  registry.told = (text) => told.push(text.replaceAll(fake.host, "HOST"));
  await outcome(registry.manifest("v1", never));
  return { times: fake.paths.length, pauses, told };
};

const status =
  (code: number, after?: string) =>
  (response: ServerResponse): void =>
    void response.writeHead(code, after === undefined ? {} : { "retry-after": after }).end();
const hangUp = (response: ServerResponse): void => void response.destroy();
const comes = (manifest: Promise<unknown>): Promise<unknown> => manifest;

describe("a registry", () => {
  it("that fails is asked three times, with a pause that grows", async () => {
    const { pauses, told } = await asked([status(503), status(500)], comes);
    assert.deepEqual(pauses, [500, 1000]);
    assert.deepEqual(told, [
      "attempt 2 of 3 in 0.5 s: RegistryUnavailable: HOST answered 503 for library/app:v1",
      "attempt 3 of 3 in 1.0 s: RegistryUnavailable: HOST answered 500 for library/app:v1",
    ]);
    const bad = await asked(
      [502, 504, 408].map((code) => status(code)),
      (manifest) => fails(manifest, "Failed", /answered 408 for/),
    );
    assert.equal(bad.times, 3);
  });

  it("that has had too many requests is asked five times, when it says so or ever later", async () => {
    const { pauses } = await asked(
      [status(429), status(429, "7"), status(429, new Date(1_030_000).toUTCString()), status(429, "soon")],
      comes,
    );
    assert.deepEqual(pauses, [2000, 7000, 30_000, 16_000]);
    const { times } = await asked(
      Array.from({ length: 5 }, () => status(429)),
      (manifest) => fails(manifest, "Unavailable", /too many requests \(429\)/),
    );
    assert.equal(times, 5);
  });

  it("that asks for more than a minute is left to the kubelet's patience", async () => {
    const { times, pauses } = await asked([status(429, "61")], (manifest) =>
      fails(manifest, "Unavailable", /too many requests \(429\)/),
    );
    assert.deepEqual([times, pauses], [1, []]);
  });

  it("that hangs up is asked again", async () => {
    const { times } = await asked([hangUp], comes);
    assert.ok(times >= 2);
  });

  it("that knows what it says is not asked twice", async () => {
    for (const code of [400, 403, 404]) {
      const { times } = await asked([status(code)], (manifest) => assert.rejects(manifest));
      assert.equal(times, 1);
    }
  });

  it("is not waited for when the pull is called off", async () => {
    await using fake = await FakeRegistry.start((_, response) => status(503)(response));
    const caller = new AbortController();
    const pause = (_: number, signal: AbortSignal): Promise<never> => {
      caller.abort();
      return Promise.reject(signal.reason as Error);
    };
    const registry = fake.open({ patience: patience({ pause, random: () => 0, wallMs: () => 0 }) });
    await fails(
      registry.manifest("v1", caller.signal),
      "Cancelled",
      /given time: RegistryUnavailable: .* answered 503/,
    );
  });
});
