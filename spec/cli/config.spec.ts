import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;

describe("troupe config images", () => {
  const dir = mkdtempSync(join(tmpdir(), "config-"));
  after(() => rmSync(dir, { recursive: true }));
  const config = join(dir, "troupe.toml");
  writeFileSync(
    config,
    `[troupe.image]\nregistries_conf = "${dir}/r.conf"\nglobal_auth_file = "${dir}/auth.json"\nshort_name_mode = "disabled"\nsignature_policy = "${dir}/policy.json"`,
  );
  const docker = { "example.com": [{ type: "signedBy", keyType: "GPGKeys", keyPath: "/k" }] };
  writeFileSync(join(dir, "policy.json"), JSON.stringify({ default: [{ type: "reject" }], transports: { docker } }));
  const auth = Buffer.from("anna:s3cret").toString("base64");
  writeFileSync(join(dir, "auth.json"), JSON.stringify({ auths: { "example.com": { auth } } }));
  writeFileSync(
    join(dir, "r.conf"),
    '[[registry]]\nlocation = "example.com"\n[[registry.mirror]]\nlocation = "m.example.com"\n[[registry]]\nlocation = "bad.com"\nblocked = true',
  );
  const run = (...args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const env = { PATH: process.env["PATH"], HTTPS_PROXY: "http://p:s3cret@proxy:1" };
      execFile(
        process.execPath,
        [...process.execArgv, main, "config", ...args, "--config", config],
        { env },
        (error, stdout, stderr) => resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });

  it("tells whom a pull would ask and how, and no secret", async () => {
    const { status, stdout } = await run("images", "example.com/app:v1");
    assert.deepEqual(
      [status, stdout.replaceAll(dir, "")],
      [
        0,
        `no daemon was asked: proxies and files of credentials are by this command's environment
example.com/app:v1 (as written)
  policy: signedBy, by the scope "example.com" in /policy.json
  1. https://m.example.com/v2/app/manifests/v1
     who:          a mirror, by the rule "example.com" in /r.conf
     credentials:  none
     trust:        the system's authorities
     proxy:        http://proxy:1, by HTTPS_PROXY
  2. https://example.com/v2/app/manifests/v1
     who:          the registry, by the rule "example.com" in /r.conf
     credentials:  as "anna", from /auth.json, for example.com
     trust:        the system's authorities
     proxy:        http://proxy:1, by HTTPS_PROXY
`,
      ],
    );
  });

  it("says why nobody would be asked, for programs too", async () => {
    const { status, stdout } = await run("images", "bad.com/app", "-o", "json");
    const { by, candidates } = JSON.parse(stdout) as { by: string; candidates: { problem: string }[] };
    assert.deepEqual([status, by], [1, "command"]);
    assert.match(
      candidates[0]?.problem ?? "",
      /bad\.com\/app is not pulled: .*r\.conf has the registry "bad\.com" blocked/,
    );
  });

  it("takes nothing but a reference", async () => {
    for (const args of [["images"], ["images", "No Name"]])
      assert.equal((await run(...args)).status, 2, args.join(" "));
  });
});
