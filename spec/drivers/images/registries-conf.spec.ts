import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { endpointsBy } from "../../../src/drivers/images/endpoints.ts";
import { parseReference } from "../../../src/drivers/images/reference.ts";
import { configuredRegistries } from "../../../src/drivers/images/registries.ts";
import { parseRegistriesConf } from "../../../src/drivers/images/registries-conf.ts";

const parse = (...texts: readonly string[]) =>
  parseRegistriesConf(texts.map((text, index) => ({ file: `/etc/${index}.conf`, text })));

/** `base/repository` of each, in the order in which they are asked; `!` behind those that may be insecure. */
const asked = (text: string, reference: string, insecure: readonly string[] = []): readonly string[] =>
  endpointsBy(parse(text), insecure, parseReference(reference)).map(
    ({ base, repository, insecure }) => `${base}/${repository}${insecure ? "!" : ""}`,
  );

describe("registries.conf", () => {
  it("that is empty leaves each name with its own registry", () => {
    assert.deepEqual(asked("", "busybox"), ["https://registry-1.docker.io/library/busybox"]);
    assert.deepEqual(asked("", "127.0.0.1:5000/app"), ["https://127.0.0.1:5000/app"]);
    assert.deepEqual(asked("", "127.0.0.1:5000/app", ["127.0.0.1:5000"]), ["https://127.0.0.1:5000/app!"]);
  });

  it("puts a location in the place of the prefix", () => {
    const text = `
      [[registry]]
      prefix = "example.com/team"
      location = "internal.example.org:5000/mirror/team"
      insecure = true`;
    assert.deepEqual(asked(text, "example.com/team/app:v1"), ["https://internal.example.org:5000/mirror/team/app!"]);
    assert.deepEqual(asked(text, "example.com/teams/app:v1"), ["https://example.com/teams/app"]);
    assert.deepEqual(asked(text, "example.com/team"), ["https://internal.example.org:5000/mirror/team!"]);
  });

  it("takes the longest prefix that fits", () => {
    const text = ["example.com", "example.com/a", "example.com/a/b"]
      .map((prefix, index) => `[[registry]]\nprefix = "${prefix}"\nlocation = "m${index}.org"\n`)
      .join("");
    assert.deepEqual(asked(text, "example.com/x"), ["https://m0.org/x"]);
    assert.deepEqual(asked(text, "example.com/a/x"), ["https://m1.org/x"]);
    assert.deepEqual(asked(text, "example.com/a/b/x"), ["https://m2.org/x"]);
    assert.deepEqual(asked(text, "example.com:5000/x"), ["https://m0.org:5000/x"], "as containers/image has it");
  });

  it("has mirrors asked first, in their order, and the registry last", () => {
    const text = `
      [[registry]]
      location = "docker.io"
      [[registry.mirror]]
      location = "127.0.0.1:5000"
      insecure = true
      [[registry.mirror]]
      location = "mirror.example.com/hub"`;
    assert.deepEqual(asked(text, "busybox"), [
      "https://127.0.0.1:5000/library/busybox!",
      "https://mirror.example.com/hub/library/busybox",
      "https://registry-1.docker.io/library/busybox",
    ]);
  });

  it("asks a mirror for tags alone or for digests alone where it says so", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const text = `
      [[registry]]
      location = "example.com"
      [[registry.mirror]]
      location = "tags.org"
      pull-from-mirror = "tag-only"
      [[registry.mirror]]
      location = "digests.org"
      pull-from-mirror = "digest-only"`;
    assert.deepEqual(asked(text, "example.com/a:1"), ["https://tags.org/a", "https://example.com/a"]);
    assert.deepEqual(asked(text, `example.com/a@${digest}`), ["https://digests.org/a", "https://example.com/a"]);
    const all =
      '[[registry]]\nlocation = "example.com"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "m.org"';
    assert.deepEqual(asked(all, "example.com/a:1"), ["https://example.com/a"]);
    assert.deepEqual(asked(all, `example.com/a@${digest}`), ["https://m.org/a", "https://example.com/a"]);
  });

  it("takes *.domain for every host below it, at any depth, and for the domain itself not", () => {
    const text = '[[registry]]\nprefix = "*.example.com"\n[[registry.mirror]]\nlocation = "m.org/sub"';
    assert.deepEqual(asked(text, "a.example.com/x"), ["https://m.org/sub/x", "https://a.example.com/x"]);
    assert.deepEqual(asked(text, "b.a.example.com/x"), ["https://m.org/sub/x", "https://b.a.example.com/x"]);
    assert.deepEqual(asked(text, "example.com/x"), ["https://example.com/x"]);
    assert.deepEqual(asked(text, "badexample.com/x"), ["https://badexample.com/x"]);
  });

  it("blocks a registry before anybody is asked, saying where that is written", () => {
    const text = '[[registry]]\nlocation = "example.com/bad"\nblocked = true';
    assert.throws(() => asked(text, "example.com/bad/app:v1"), {
      code: "Failed",
      message: 'example.com/bad/app is not pulled: /etc/0.conf has the registry "example.com/bad" blocked',
    });
    assert.deepEqual(asked(text, "example.com/good"), ["https://example.com/good"]);
  });

  it("has a later file replace the registry of an earlier one, whole; of two in one file the first holds", () => {
    const { rules } = parse(
      '[[registry]]\nlocation = "a.org"\ninsecure = true\n[[registry]]\nlocation = "b.org"\n[[registry]]\nprefix = "b.org"\nlocation = "c.org"',
      '[[registry]]\nprefix = "a.org"\nlocation = "d.org"',
    );
    assert.deepEqual(
      rules
        .map(({ prefix, location, insecure }) => ({ prefix, location, insecure }))
        .toSorted((one, other) => (one.prefix < other.prefix ? -1 : 1)),
      [
        { prefix: "a.org", location: "d.org", insecure: false },
        { prefix: "b.org", location: "b.org", insecure: false },
      ],
    );
  });

  it("warns of what has no effect", () => {
    const { warnings } = parse(
      'search-registries = ["a.org"]\n[[registry]]\nlocation = "a.org"\ncolour = "red"\n[[registry.mirror]]\nlocation = "m.org"\nspeed = 3',
    );
    assert.equal(warnings.length, 3);
    assert.match(warnings.join("\n"), /^\/etc\/0\.conf: has search-registries, which has no effect here/m);
    assert.match(warnings.join("\n"), /the registry "a\.org" has colour, which has no effect here; known: prefix,/);
    assert.match(warnings.join("\n"), /the registry "a\.org": its mirror 1 has speed,/);
  });

  for (const [what, text, wanted] of [
    ["no TOML", "[[registry", /^\/etc\/0\.conf cannot be read: /],
    [
      "tables of version 1",
      '[registries.search]\nregistries = ["a.org"]',
      /the format's first version: write \[\[registry\]\]/,
    ],
    ["neither prefix nor location", "[[registry]]", /the registry has no location/],
    [
      "a prefix that needs a location",
      '[[registry]]\nprefix = "a.org"',
      /"a\.org" has no location, which only a prefix like "\*\.example\.com" goes without/,
    ],
    ["a scheme", '[[registry]]\nlocation = "https://a.org"', /it is to be without a scheme/],
    [
      "a location without a host",
      '[[registry]]\nlocation = "team/app"',
      /begins with no host: "team" has neither a dot nor a port/,
    ],
    ["a tag", '[[registry]]\nlocation = "a.org/app:v1"', /without tag and digest/],
    ["a path behind *.", '[[registry]]\nprefix = "*.a.org/x"', /behind "\*\." there is to be a domain alone/],
    [
      "a flag that is none",
      '[[registry]]\nlocation = "a.org"\ninsecure = "yes"',
      /has insecure = "yes"; it is to be true or false/,
    ],
    [
      "a mirror without location",
      '[[registry]]\nlocation = "a.org"\n[[registry.mirror]]',
      /its mirror 1 has no location/,
    ],
    [
      "an unknown mode",
      '[[registry]]\nlocation = "a.org"\n[[registry.mirror]]\nlocation = "m.org"\npull-from-mirror = "never"',
      /it is to be all, digest-only, tag-only/,
    ],
    [
      "both modes",
      '[[registry]]\nlocation = "a.org"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "m.org"\npull-from-mirror = "all"',
      /only one of them can hold/,
    ],
    [
      "two rules that disagree on one place",
      '[[registry]]\nlocation = "a.org"\ninsecure = true\n[[registry]]\nprefix = "b.org"\nlocation = "a.org"',
      /have the same location a\.org, and one of them says insecure = true/,
    ],
    [
      "a mirror that is no table",
      '[[registry]]\nlocation = "a.org"\nmirror = "m.org"',
      /has a mirror that is no \[\[list\]\] of tables/,
    ],
  ] as const)
    it(`is refused in words for ${what}`, () => {
      assert.throws(() => parse(text), { code: "Invalid", message: wanted });
    });

  it("says which rule makes no name of a name", () => {
    const text = `[[registry]]\nprefix = "a.org"\nlocation = "b.org/${"x".repeat(250)}"`;
    assert.throws(() => asked(text, "a.org/application"), {
      code: "Invalid",
      message:
        /^\/etc\/0\.conf: the registry "a\.org" makes b\.org\/x+\/application of a\.org\/application: .* has a name of/,
    });
  });
});

describe("the registries of a node", () => {
  const dir = mkdtempSync(join(tmpdir(), "registries-"));
  after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "registries.conf");
  const warnings: string[] = [];
  const aliasesFile = join(dir, "short-name-aliases.conf");
  const registries = configuredRegistries({ file, aliasesFile, insecure: [], warn: (text) => warnings.push(text) });
  const bases = async (reference: string): Promise<readonly string[]> =>
    (await registries.read(AbortSignal.timeout(10_000))).endpoints(parseReference(reference)).map(({ base }) => base);

  it("are read anew for each pull, from the file and its drop-ins by name; files that are not there are fine", async () => {
    assert.deepEqual(await bases("a.org/x"), ["https://a.org"]);
    writeFileSync(file, '[[registry]]\nprefix = "a.org"\nlocation = "b.org"');
    assert.deepEqual(await bases("a.org/x"), ["https://b.org"]);
    mkdirSync(`${file}.d`);
    writeFileSync(`${file}.d/20.conf`, 'spare = 1\n[[registry]]\nprefix = "a.org"\nlocation = "d.org"');
    writeFileSync(`${file}.d/10.conf`, '[[registry]]\nprefix = "a.org"\nlocation = "c.org"');
    writeFileSync(`${file}.d/30.conf.off`, "no TOML");
    assert.deepEqual(await bases("a.org/x"), ["https://d.org"]);
  });

  it("have each warning told once", async () => {
    await bases("a.org/x");
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /20\.conf: has spare,/);
  });

  it("are not waited for by a pull that was called off", async () => {
    await assert.rejects(registries.read(AbortSignal.abort()), { code: "Cancelled" });
  });

  it("that cannot be read fail the pull, and the next one works", async () => {
    writeFileSync(`${file}.d/20.conf`, "[[registry");
    await assert.rejects(bases("a.org/x"), { code: "Invalid", message: /20\.conf cannot be read: / });
    rmSync(`${file}.d/20.conf`);
    assert.deepEqual(await bases("a.org/x"), ["https://c.org"]);
  });
});
