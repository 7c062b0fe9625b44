import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { keyring, type KeyringOptions } from "../../../../src/drivers/images/access/keyring.ts";
import { TroupeError, type ErrorCode } from "../../../../src/errors.ts";

const files = "containers-auth.json";

describe("the keyring of a node", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "keyring-"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const write = (path: string, content: object | string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), typeof content === "string" ? content : JSON.stringify(content));
  };
  const auths = (user: string, key = "quay.io") => ({
    auths: { [key]: { auth: Buffer.from(`${user}:s3cret`).toString("base64") } },
  });
  /** A program `docker-credential-NAME`; it notes what it was given. */
  const helper = (name: string, script: string): void => {
    const path = join(dir, "bin", `docker-credential-${name}`);
    write(
      `bin/docker-credential-${name}`,
      `#!/bin/sh\ncat >> ${dir}/${name}.asked; echo >> ${dir}/${name}.asked\n${script}`,
    );
    chmodSync(path, 0o755);
  };
  const askedOf = (name: string): string =>
    existsSync(join(dir, `${name}.asked`)) ? readFileSync(join(dir, `${name}.asked`), "utf8") : "";
  const find = async (
    name: string,
    {
      helpers = [files],
      signal = AbortSignal.timeout(20_000),
      ...options
    }: Partial<KeyringOptions> & { helpers?: readonly string[]; signal?: AbortSignal } = {},
  ): Promise<string | undefined> => {
    const env = { PATH: `${dir}/bin:/usr/bin:/bin`, XDG_RUNTIME_DIR: `${dir}/run`, ...options.env };
    const ring = keyring({ home: `${dir}/home`, uid: 0, helperWithinMs: 10_000, ...options, env });
    const found = await ring.find(name, helpers, signal);
    if (!found) return undefined;
    const { credentials, from } = found;
    const who = credentials.kind === "password" ? `${credentials.username}:${credentials.password}` : credentials.token;
    return `${who} from ${from.replaceAll(dir, "")}`;
  };
  /** Rejected so, and without the secret anywhere in it. */
  const fails = (work: Promise<unknown>, code: ErrorCode, text: RegExp): Promise<void> =>
    assert.rejects(work, (error) => {
      assert(error instanceof TroupeError);
      assert.equal(error.code, code);
      assert.match(error.message.replaceAll(dir, ""), text);
      assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /s3cret/);
      return true;
    });

  it("looks in the files of containers-auth.json(5), the first that has something counts", async () => {
    assert.equal(await find("quay.io/app"), undefined);
    const order = [
      "home/.dockercfg",
      "home/.docker/config.json",
      "home/.config/containers/auth.json",
      "run/containers/auth.json",
    ];
    for (const [index, file] of order.entries()) {
      write(file, index === 0 ? auths("user").auths : auths(`user${index}`));
      assert.match((await find("quay.io/app")) ?? "", new RegExp(` from /${file}, for quay\\.io$`));
    }
    write("run/containers/auth.json", auths("other", "other.io"));
    assert.equal(await find("quay.io/app"), "user2:s3cret from /home/.config/containers/auth.json, for quay.io");
    const env = { XDG_CONFIG_HOME: `${dir}/config`, DOCKER_CONFIG: `${dir}/docker` };
    write("docker/config.json", auths("docker"));
    assert.equal(await find("quay.io/app", { env }), "docker:s3cret from /docker/config.json, for quay.io");
  });

  it("of a service without a runtime directory has it in /run by its user", () => {
    const ring = keyring({ home: "/root", uid: 7, env: {}, helperWithinMs: 1 });
    assert.deepEqual(
      ring.files().map(({ file }) => file),
      [
        "/run/containers/7/auth.json",
        "/root/.config/containers/auth.json",
        "/root/.docker/config.json",
        "/root/.dockercfg",
      ],
    );
  });

  it("with a file of its own looks there alone", async () => {
    write("run/containers/auth.json", auths("other"));
    write("global.json", auths("global", "quay.io/team"));
    const authFile = join(dir, "global.json");
    assert.equal(await find("quay.io/team/app", { authFile }), "global:s3cret from /global.json, for quay.io/team");
    assert.equal(await find("quay.io/app", { authFile }), undefined);
    assert.equal(await find("quay.io/app", { authFile: join(dir, "absent.json") }), undefined);
  });

  it("goes on without nothing when a file cannot be understood", async () => {
    write("run/containers/auth.json", '{"auths":{"quay.io":{"auth":"s3cret"');
    write("home/.docker/config.json", auths("later"));
    await fails(
      find("quay.io/app"),
      "Invalid",
      /^\/run\/containers\/auth\.json is no file of credentials: it is no JSON$/,
    );
  });

  it("asks the helper that a file names for a host, by the host, and believes it before the file", async () => {
    write("run/containers/auth.json", { ...auths("file"), credHelpers: { "quay.io": "vault" } });
    helper("vault", `echo '{"ServerURL":"x","Username":"vault","Secret":"s3cret"}'`);
    assert.equal(
      await find("quay.io/team/app"),
      "vault:s3cret from docker-credential-vault, which /run/containers/auth.json names",
    );
    assert.equal(askedOf("vault"), "quay.io\n");
    assert.equal(await find("other.io/app"), undefined);
    assert.equal(askedOf("vault"), "quay.io\n");
  });

  it("asks the helpers of registries.conf in their order, the files where they stand among them", async () => {
    write("run/containers/auth.json", auths("file"));
    helper("none", "echo credentials not found in native keychain; exit 1");
    helper("some", `echo '{"Username":"<token>","Secret":"s3cret"}'`);
    assert.match((await find("quay.io/app", { helpers: ["none", files, "some"] })) ?? "", /^file:/);
    assert.equal(askedOf("some"), "");
    assert.equal(
      await find("quay.io/app", { helpers: ["none", "some", files] }),
      "s3cret from docker-credential-some, which credential-helpers of registries.conf names",
    );
    assert.equal(await find("quay.io/app", { helpers: [] }), undefined, "an empty list asks nobody");
  });

  it("goes on after a helper that fails, and tells of it where nobody else knows better", async () => {
    write("run/containers/auth.json", auths("file"));
    helper("bad", "echo s3cret; echo s3cret >&2; exit 3");
    assert.match((await find("quay.io/app", { helpers: ["bad", files] })) ?? "", /^file:/);
    await fails(
      find("other.io/app", { helpers: ["bad", files] }),
      "Failed",
      /^docker-credential-bad gives no credentials for other\.io: it ended with code 3; try: echo other\.io \| docker-credential-bad get$/,
    );
    await fails(
      find("quay.io/app", { helpers: ["bad", "absent"] }),
      "Failed",
      /code 3.*; docker-credential-absent .*it cannot be run/,
    );
  });

  for (const [what, script, wanted] of [
    ["says no JSON", "echo s3cret", /what it says is not of the protocol/],
    ["says another thing", `echo '{"Secret":7}'`, /what it says is not of the protocol/],
    ["says more than anybody needs", "yes s3cret | head -c 100000", /it says more than 65536 bytes/],
    ["is killed", "kill -9 $$", /it was ended by SIGKILL/],
  ] as const)
    it(`does not take for credentials what a helper says that ${what}`, async () => {
      helper("odd", script);
      await fails(find("quay.io/app", { helpers: ["odd"] }), "Failed", wanted);
    });

  it("ends a helper that takes too long, and one whose pull was called off", async () => {
    helper("slow", "sleep 1000");
    await fails(
      find("quay.io/app", { helpers: ["slow"], helperWithinMs: 100 }),
      "Failed",
      /it took longer than 100 ms/,
    );
    await fails(
      find("quay.io/app", { helpers: ["slow"], signal: AbortSignal.timeout(100) }),
      "Cancelled",
      /called off/,
    );
  });

  for (const name of ["../../bin/evil", "a b", "a;b", ""])
    it(`runs nothing by the name ${JSON.stringify(name)}`, async () => {
      write("run/containers/auth.json", { credHelpers: { "quay.io": name } });
      await fails(find("quay.io/app"), "Invalid", /is no name of a credential helper/);
    });
});
