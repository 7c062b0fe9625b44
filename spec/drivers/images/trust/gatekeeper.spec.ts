import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { firstThatWorks } from "../../../../src/drivers/images/first-that-works.ts";
import { parseReference } from "../../../../src/drivers/images/reference.ts";
import { gatekeeper } from "../../../../src/drivers/images/trust/gatekeeper.ts";
import { fails, never } from "../fake-registry.ts";

describe("the gatekeeper", () => {
  const dir = mkdtempSync(join(tmpdir(), "gate-"));
  after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "policy.json");
  const { admit } = gatekeeper({ registriesDirectory: dir, file });
  const ask = (image: string, signal = never): Promise<unknown> => admit(parseReference(image), signal);
  const policy = (docker: object, preset = "reject"): void =>
    writeFileSync(file, JSON.stringify({ default: [{ type: preset }], transports: { docker } }));

  it("lets in what the policy accepts, and reads it anew each time", async () => {
    policy({ "quay.io": [{ type: "insecureAcceptAnything" }] });
    await ask("quay.io/app");
    await fails(
      ask("other.io/app"),
      "Failed",
      /^SignatureValidationFailed: other\.io\/app:latest is rejected by the policy \(the default in .*policy\.json\)$/,
    );
    policy({ "other.io": [{ type: "insecureAcceptAnything" }] });
    await ask("other.io/app");
    await fails(ask("quay.io/app"), "Failed", /^SignatureValidationFailed: /);
  });

  it("asks for all that is required", async () => {
    policy({ "quay.io": [{ type: "insecureAcceptAnything" }, { type: "reject" }] });
    await fails(ask("quay.io/app"), "Failed", /is rejected by the policy \(the scope "quay\.io" in /);
  });

  it("lets nobody in where the policy cannot be read or understood", async () => {
    writeFileSync(file, "{}");
    await fails(
      ask("quay.io/app"),
      "Failed",
      /^SignatureValidationFailed: quay\.io\/app:latest: .*policy\.json: has no default/,
    );
    const absent = gatekeeper({ registriesDirectory: dir, file: join(dir, "absent.json") });
    await fails(absent.admit(parseReference("quay.io/app"), never), "Failed", /^SignatureValidationFailed: .*ENOENT/);
  });

  it("is not waited for by a pull that was called off", async () => {
    await fails(ask("quay.io/app", AbortSignal.abort()), "Cancelled", /called off/);
  });

  it("has the last word: nobody else is asked for what it refused", async () => {
    policy({});
    const tried: string[] = [];
    const attempt = async (image: string): Promise<void> => {
      tried.push(image);
      await ask(image);
    };
    await fails(
      firstThatWorks(["a.org/x", "b.org/x"], attempt, "others", never),
      "Failed",
      /^SignatureValidationFailed: a\.org/,
    );
    assert.deepEqual(tried, ["a.org/x"]);
  });
});
