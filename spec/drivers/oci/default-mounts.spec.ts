import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { copyDefaultMounts, wantedIn } from "../../../src/drivers/oci/default-mounts.ts";
import { hostPaths } from "../../../src/drivers/oci/host-paths.ts";

describe("mounts.conf", () => {
  let dir: string;
  const at = (...names: string[]) => join(dir, ...names);
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mounts-"));
    for (const name of ["bundle", "secrets/inner"]) mkdirSync(at(name), { recursive: true });
    writeFileSync(at("secrets/inner/key"), "secret", { mode: 0o600 });
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const copied = (...files: string[]) =>
    copyDefaultMounts(
      files.map((file) => at(file)),
      at("bundle"),
      hostPaths(),
    );

  it("has a mount in each line that begins with a path, a path alone standing for both", () => {
    assert.deepEqual(wantedIn("# comment\n/a:/run/a\n\n  /b\nc:/d\n/e:f\n"), [
      { source: "/a", destination: "/run/a" },
      { source: "/b", destination: "/b" },
    ]);
  });

  it("is copied into the bundle with the modes of the host's files; what is missing is passed over", async () => {
    writeFileSync(at("mounts.conf"), `${at("none")}:/none\n${at("secrets")}:/run/secrets\n`);
    const mounts = await copied("mounts.conf");
    const source = at("bundle/mounts/1");
    assert.deepEqual(mounts, [{ destination: "/run/secrets", type: "bind", source, options: ["bind", "rprivate"] }]);
    assert.equal(readFileSync(join(source, "inner/key"), "utf8"), "secret");
    assert.equal(statSync(join(source, "inner/key")).mode & 0o777, 0o600);
  });

  it("of the operator comes before that of the distribution, target by target; one that is not there says nothing", async () => {
    writeFileSync(at("own"), `${at("secrets/inner")}:/run/secrets\n`);
    writeFileSync(at("shipped"), `${at("secrets")}:/run/secrets\n${at("secrets")}:/run/other\n`);
    const mounts = await copied("absent", "own", "shipped");
    assert.deepEqual(
      mounts.map(({ destination }) => destination),
      ["/run/secrets", "/run/other"],
    );
    assert.equal(readFileSync(at("bundle/mounts/0/key"), "utf8"), "secret");
  });
});
