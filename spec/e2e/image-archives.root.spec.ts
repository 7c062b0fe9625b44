/** `troupe image` on a node without a registry: an archive is loaded, a container runs from it, and it is removed. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { Image } from "../../src/vocabulary/index.ts";
import { busyboxImage, sha256, testImage } from "../support/busybox-image.ts";
import { troupeIn, type Said } from "../support/command.ts";
import { asDirectory, asTar, dockerArchive, ociLayout } from "../support/image-archive.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { tar } from "../support/tar.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

describe("images by hand", inTestNode, () => {
  /** None of its layers is on the node. */
  const unseen = testImage([tar([{ name: "noise", content: randomBytes(200_000) }])]);
  let bed: TestBed;
  let place: string;
  let ids: string;
  before(async () => {
    bed = await testBed({ name: "archives" });
    place = mkdtempSync(join(tmpdir(), "archives-"));
    ids = await listed();
  });
  afterEach(async (spec) => {
    assert.equal(await listed(), ids, "what was loaded is removed");
    await bed.leavesNothing(spec);
  });
  after(async () => {
    rmSync(place, { recursive: true });
    await bed.end();
  });

  const image = (...words: readonly string[]): Promise<Said> => troupeIn(bed.place, "image", ...words);
  const done = async (...words: readonly string[]): Promise<string> => {
    const { status, text, complaint } = await image(...words);
    assert.deepEqual([status, complaint], [0, ""]);
    return text;
  };
  const listed = async (): Promise<string> =>
    (JSON.parse(await done("ls", "-o", "json")) as readonly Image[]).map(({ id }) => id).join();

  it("come from an OCI layout under the name that is said, run, and go", async () => {
    const name = "registry.test/air/busybox:gapped";
    const layout = asDirectory(
      ociLayout([["gapped", busyboxImage({ Env: ["PATH=/bin"], Cmd: ["sleep", "7"] })]]),
      join(place, "layout"),
    );
    assert.match(
      await done("load", layout, "--name", name),
      /^loaded registry\.test\/air\/busybox:gapped sha256:[0-9a-f]{64}\n$/,
    );
    assert.match(
      await done("ls"),
      /^IMAGE +ID +SIZE\n(.*\n)*registry\.test\/air\/busybox:gapped +[0-9a-f]{12} +\d\.\d MB\n/,
    );
    const pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod"));
    const id = await bed.kubelet.create(pod, {
      ...bed.kubelet.appConfig("app", "exec sleep 99999"),
      image: { image: name },
    });
    await bed.kubelet.start(id);
    assert.equal(await bed.kubelet.shell(id, "echo from an archive"), "from an archive");
    await bed.kubelet.endPod(pod);
    assert.match(await done("rm", name), /^removed registry\.test\/air\/busybox:gapped sha256:/);
  });

  it("come from a tar with several images, and from docker save, under their own names; layers that are here are not read again", async () => {
    const one = testImage([tar([{ name: "one", content: "1".repeat(100_000) }])], { Cmd: ["one"] });
    const two = testImage([tar([{ name: "one", content: "1".repeat(100_000) }])], { Cmd: ["two"] });
    const both = asTar(
      ociLayout([
        ["registry.test/one:1", one],
        ["registry.test/two:1", two],
      ]),
      join(place, "both.tar"),
    );
    assert.equal((await done("load", both)).split("\n").length, 3);
    const saved = asTar(dockerArchive(["one:1", "registry.test/one:2"], one), join(place, "saved.tar"));
    const said = await done("load", saved);
    assert.deepEqual(said.match(/^loaded \S+/gm), ["loaded docker.io/library/one:1", "loaded registry.test/one:2"]);
    const [id] = said.match(/sha256:\w+/) ?? [];
    assert.equal(id, sha256(one.config));
    await done("rm", "registry.test/two:1", id);
  });

  it("are refused in words where there is nothing to load, or nobody to say what it is called", async () => {
    const nameless = asDirectory(ociLayout([["", unseen]]), join(place, "nameless"));
    const damaged = asTar(ociLayout([["registry.test/app:1", unseen]]), join(place, "damaged.tar"));
    const bytes = readFileSync(damaged);
    const layer = bytes.indexOf(unseen.layers[0]!.blob);
    bytes[layer + 5000]! ^= 1;
    writeFileSync(damaged, bytes);
    const cut = asTar(ociLayout([["registry.test/app:1", unseen]]), join(place, "cut.tar"));
    truncateSync(cut, layer + 100_000);
    const cases: readonly (readonly [words: readonly string[], status: number, complaint: RegExp])[] = [
      [["load", "/proc/no-such"], 1, /\/proc\/no-such cannot be read as an image archive: .*no such file/],
      [["load", nameless], 2, /has no name for the image sha256:.*: say one with --name$/m],
      [["load", nameless, "--name", "Upper"], 2, /must be in lower case/],
      [["load", damaged], 1, /the blob sha256:.* was asked for, and what came is sha256:/],
      [["load", cut], 1, /broke off|is not in the archive/],
      [["rm", "registry.test/none:1"], 1, /registry\.test\/none:1/],
      [["rm"], 2, /which image/],
      [["save"], 2, /ls, rm or load is meant, not "save"/],
      [["ls", "-o", "yaml"], 2, /--output is text or json, not yaml/],
    ];
    for (const [words, status, complaint] of cases) {
      const said = await image(...words);
      assert.deepEqual([said.status, said.text], [status, ""], words.join(" "));
      assert.match(said.complaint, complaint);
    }
  });
});
