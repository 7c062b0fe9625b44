/**
 * What is recorded holds what decides, and no secret: a hundred generated ones in environment, arguments, annotations and
 * credentials, in calls that do well and in calls that fail, are searched for in all that the daemon leaves in its ring.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import fc from "fast-check";
import type { Draft } from "../../src/grpc/draft.ts";
import type { AuthConfig } from "../../src/grpc/messages/image.ts";
import { textsIn } from "../../src/drivers/flight/reading.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { AppConfig, Pod } from "../support/kubelet.ts";
import { seedOfRun } from "../support/seeded.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

/** Of the kinds that people have: passwords with quotes and spaces, tokens, several lines, other scripts. */
const secrets = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9+/]{24,64}$/),
  fc.string({ minLength: 16, maxLength: 60 }).filter((text) => text.trim().length >= 16 && !text.includes("\0")),
  fc.string({ unit: "grapheme", minLength: 16, maxLength: 40 }).filter((text) => text.trim().length >= 12),
  fc.stringMatching(/^-----BEGIN KEY-----\n[A-Za-z0-9+/]{40}\n-----END KEY-----$/),
);

describe("the recording of calls with secrets", inTestNode, () => {
  let bed: TestBed;
  let pod: Pod;
  const hidden: string[] = [];
  const secret = (n: number): string => {
    const [value = ""] = fc.sample(secrets, { numRuns: 1, seed: seedOfRun + n });
    const marked = `${value}${n.toString(36)}q`;
    hidden.push(marked);
    return marked;
  };
  before(async () => {
    bed = await testBed({ name: "secrets" });
    pod = await bed.kubelet.runPod(
      bed.kubelet.podConfig("vault", { annotations: { "example.com/token": secret(0) }, labels: { app: "vault" } }),
    );
  });
  afterEach(async (spec) => {
    if (pod.id === "") return bed.leavesNothing(spec);
  });
  after(() => bed.end());

  const config = (n: number, more: AppConfig = {}): AppConfig =>
    bed.kubelet.appConfig(`app-${n}`, "true", {
      envs: [{ key: "PASSWORD", value: Buffer.from(secret(n)) }],
      args: [secret(n + 1_000)],
      annotations: { "example.com/key": secret(n + 2_000) },
      ...more,
    });

  /** What a kubelet does with such a container, and what goes wrong with some. */
  const lives: readonly (readonly [string, (n: number) => Promise<unknown>])[] = [
    [
      "runs and ends",
      async (n) => {
        const id = await bed.kubelet.create(pod, config(n));
        await bed.kubelet.start(id);
        await bed.kubelet.exited(id);
      },
    ],
    [
      "has no such program",
      async (n) => {
        const id = await bed.kubelet.create(pod, config(n, { command: ["/no/such/program"] }));
        await bed.kubelet.start(id);
      },
    ],
    [
      "is refused for its profile",
      (n) => {
        const profile = { profile_type: 2, localhost_ref: `/no/such/${n}` };
        return bed.kubelet.create(
          pod,
          config(n, { linux: { security_context: { ...bed.kubelet.security, seccomp: profile } } }),
        );
      },
    ],
    [
      "has an image that is not there",
      (n) => bed.kubelet.create(pod, config(n, { image: { image: "sha256:absent" } })),
    ],
    [
      "has a mount that is not there",
      (n) =>
        bed.kubelet.create(
          pod,
          config(n, { mounts: [{ container_path: "/x", host_path: "/etc/hostname/below-a-file", readonly: true }] }),
        ),
    ],
    [
      "executes commands",
      async (n) => {
        const id = await bed.kubelet.create(pod, config(n, { command: ["/bin/sleep", "60"], args: [] }));
        await bed.kubelet.start(id);
        const exec = (...cmd: string[]): Promise<unknown> =>
          bed.kubelet.cri.call("ExecSync", { container_id: id, cmd, timeout: "5" });
        await exec("/bin/echo", secret(n + 3_000));
        await exec("/no/such/program", secret(n + 4_000)).catch(() => undefined);
        await bed.kubelet.cri.call("Exec", { container_id: id, cmd: ["/bin/echo", secret(n + 5_000)], stdout: true });
      },
    ],
  ];

  it("finds none of them, whatever becomes of the calls", async () => {
    for (let n = 1; n <= 24; n++) {
      const [, live] = lives[n % lives.length] ?? [];
      await live?.(n).catch(() => undefined);
    }
    const auths: readonly ((n: number) => Draft<AuthConfig>)[] = [
      (n) => ({ username: "robot", password: secret(n) }),
      (n) => ({ identity_token: secret(n) }),
      (n) => ({ registry_token: secret(n) }),
      (n) => ({ auth: Buffer.from(`robot:${secret(n)}`).toString("base64") }),
    ];
    for (const [n, auth] of auths.entries())
      for (const image of [bed.image, `${bed.registry}/nobody/has:this`])
        await bed.kubelet.cri.call("PullImage", { image: { image }, auth: auth(n + 6_000) }).catch(() => undefined);
    await bed.kubelet.endPod(pod);
    pod = { ...pod, id: "" };

    const recorded = textsIn(join(bed.place, "run", "flight")).join("");
    assert.ok(recorded.includes("PullImage") && recorded.includes("ExecSync") && recorded.includes("CreateContainer"));
    const forms = (text: string): readonly string[] => [
      text,
      JSON.stringify(text).slice(1, -1),
      Buffer.from(text).toString("base64"),
      encodeURIComponent(text.toWellFormed()),
    ];
    const found = hidden.filter((text) => forms(text).some((form) => recorded.includes(form)));
    assert.deepEqual(found, [], `TROUPE_SEED=${seedOfRun}`);
    assert.ok(hidden.length > 70, `${hidden.length} secrets`);
  });
});
