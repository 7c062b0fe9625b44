import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { formatReference, parseWritten } from "../../../src/drivers/images/reference.ts";
import { configuredRegistries } from "../../../src/drivers/images/registries.ts";
import { parseRegistriesConf } from "../../../src/drivers/images/registries-conf.ts";
import { candidatesFor, type ShortNameMode } from "../../../src/drivers/images/short-names.ts";

const digest = `sha256:${"a".repeat(64)}`;
const parse = (...texts: readonly string[]) =>
  parseRegistriesConf(texts.map((text, index) => ({ file: `/etc/${index}.conf`, text }))).shortNames;
const tried = (text: string, name: string, mode?: ShortNameMode): readonly string[] =>
  candidatesFor(parseWritten(name), parse(text), mode).map(({ reference }) => formatReference(reference));

describe("a name without a host", () => {
  it("is what the alias says, with its own tag or digest", () => {
    const text = '[aliases]\nalpine = "quay.io/team/alpine"\nbusybox = "docker.io/busybox"';
    assert.deepEqual(tried(text, "alpine"), ["quay.io/team/alpine:latest"]);
    assert.deepEqual(tried(text, "alpine:3"), ["quay.io/team/alpine:3"]);
    assert.deepEqual(tried(text, `alpine:3@${digest}`), [`quay.io/team/alpine@${digest}`]);
    assert.deepEqual(tried(text, "busybox:1"), ["docker.io/library/busybox:1"]);
    assert.deepEqual(tried(text, "library/alpine"), ["docker.io/library/alpine:latest"], "an alias is for one name");
    assert.deepEqual(tried(text, "docker.io/alpine"), ["docker.io/library/alpine:latest"], "which has a host");
  });

  it("is Docker Hub's where no file says what is searched", () => {
    assert.deepEqual(tried("", "busybox"), ["docker.io/library/busybox:latest"]);
    assert.deepEqual(tried("", "grafana/loki:3"), ["docker.io/grafana/loki:3"]);
  });

  it("is looked for at each registry in order where nobody is to be asked", () => {
    const text = 'unqualified-search-registries = ["quay.io", "docker.io"]';
    const both = ["quay.io/app:1", "docker.io/library/app:1"];
    assert.deepEqual(tried(`${text}\nshort-name-mode = "permissive"`, "app:1"), both);
    assert.deepEqual(tried(`${text}\nshort-name-mode = "disabled"`, "app:1"), both);
    assert.deepEqual(tried(text, "app:1", "disabled"), both, "the node's own word");
    assert.deepEqual(tried('unqualified-search-registries = ["quay.io"]', "app:1"), ["quay.io/app:1"]);
  });

  it("is refused where several hosts may be meant and the mode is enforcing, which it is unless another is set", () => {
    const text = 'unqualified-search-registries = ["quay.io", "docker.io"]';
    const refusal = {
      code: "Failed",
      message:
        'the short name "app" may be any of quay.io/app:1, docker.io/library/app:1 (unqualified-search-registries in /etc/0.conf), and short-name-mode is enforcing: write the host, or an alias for it',
    };
    assert.throws(() => tried(text, "app:1"), refusal);
    assert.throws(() => tried(`${text}\nshort-name-mode = "disabled"`, "app:1", "enforcing"), refusal);
  });

  it("stands for nothing where the list is empty, which the error says with the file", () => {
    assert.throws(() => tried("unqualified-search-registries = []", "app"), {
      code: "Failed",
      message:
        'the short name "app" stands for nothing: it has no alias, and unqualified-search-registries in /etc/0.conf is empty',
    });
  });

  it("has list and mode by the last file that has them, and aliases by each, name by name", () => {
    const { search, mode, aliases } = parse(
      'unqualified-search-registries = ["a.org", "b.org"]\nshort-name-mode = "permissive"\n[aliases]\na = "a.org/a"\nb = "a.org/b"',
      'unqualified-search-registries = []\n[aliases]\na = ""\nc = "c.org/c"',
      'short-name-mode = "disabled"',
    );
    assert.deepEqual(search, { hosts: [], file: "/etc/1.conf" });
    assert.deepEqual(mode, { is: "disabled", file: "/etc/2.conf" });
    assert.deepEqual([...aliases.keys()], ["b", "c"]);
  });

  for (const [what, text, wanted] of [
    ["an alias for a name with a host", '[aliases]\n"a.org/x" = "b.org/x"', /"a\.org\/x", which has a host already/],
    ["an alias without a host", '[aliases]\nx = "y"', /has for "x" "y", which has no host/],
    ["an alias with a tag", '[aliases]\nx = "a.org/x:1"', /has for "x" "a\.org\/x:1" with a tag or a digest/],
    ["the alias of a tag", '[aliases]\n"x:1" = "a.org/x"', /has the name "x:1" with a tag or a digest/],
    ["an alias that is no text", "[aliases]\nx = 1", /has a x that is no string/],
    ["aliases that are no table", "aliases = 3", /has aliases that are no table/],
    ["a mode that is none", 'short-name-mode = "off"', /"off"; it is to be enforcing, permissive, disabled/],
    ["a path among the hosts", 'unqualified-search-registries = ["a.org/x"]', /"a\.org\/x" in .*host\[:port\]/],
    ["a list that is none", 'unqualified-search-registries = "a.org"', /is no list of strings/],
  ] as const)
    it(`is not guessed from ${what}`, () => {
      assert.throws(() => parse(text), { code: "Invalid", message: wanted });
    });
});

describe("the short names of a node", () => {
  const dir = mkdtempSync(join(tmpdir(), "short-names-"));
  after(() => rmSync(dir, { recursive: true }));
  const [file, aliasesFile] = [join(dir, "registries.conf"), join(dir, "aliases.conf")];
  const registries = configuredRegistries({ file, aliasesFile, insecure: [], warn: assert.fail });
  const read = () => registries.read(AbortSignal.timeout(10_000));
  const meanings = (name: string) => registries.meanings(name).map(formatReference);

  it("have the aliases that other tools noted before those of registries.conf, and nothing else of theirs", async () => {
    writeFileSync(file, '[aliases]\na = "a.org/a"\nb = "a.org/b"');
    writeFileSync(aliasesFile, '[[registry]]\nlocation = "a.org"\nblocked = true\n[aliases]\na = "noted.org/a"');
    const { candidates, conf } = await read();
    assert.deepEqual(candidates(parseWritten("a")), [
      { reference: { domain: "noted.org", path: "a", tag: "latest" }, because: `the alias in ${aliasesFile}` },
    ]);
    assert.deepEqual(conf.rules, []);
    assert.deepEqual(meanings("b:1"), ["a.org/b:1"]);
  });

  it("mean for whoever looks for an image what the files said last, at any of the hosts", async () => {
    writeFileSync(file, 'unqualified-search-registries = ["a.org", "b.org"]');
    assert.deepEqual(meanings("x"), ["docker.io/library/x:latest"], "not read again by a look");
    await read();
    assert.deepEqual(meanings("x"), ["a.org/x:latest", "b.org/x:latest"]);
    assert.deepEqual(meanings("c.org/x:1"), ["c.org/x:1"]);
    assert.throws(() => registries.meanings("No Name"), { code: "Invalid" });
  });
});
