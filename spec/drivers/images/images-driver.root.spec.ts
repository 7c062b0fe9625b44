import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isDigest } from "../../../src/drivers/images/digest.ts";
import { busyboxImage, sha256, testImage, type TestImage } from "../../support/busybox-image.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { pushImage, pushIndex } from "../../support/registry.ts";
import { tar } from "../../support/tar.ts";
import { imagesContract, pull } from "./images.contract.ts";
import { pullsContract } from "./pulls.contract.ts";
import { realStage, type RealStage } from "./images-stage.ts";

imagesContract(() => realStage(5001), inTestNode);

pullsContract(
  "a pull from a registry",
  async () => {
    const stage = await realStage(5004);
    const reference = `${stage.host}/pulls/plain:v1`;
    await stage.publish(reference, ["bottom", "top"], "plain");
    let { images } = stage;
    return {
      images,
      reference,
      restart: async () => (images = await stage.restart()),
      left: async () => {
        await stage.settled();
        return stage.files().filter((file) => images.list().length === 0 || /^(tmp|trash)/.test(file));
      },
      stop: () => stage.stop(),
    };
  },
  inTestNode,
);

const never = new AbortController().signal;

describe("the image store", inTestNode, () => {
  let stage: RealStage;
  before(async () => {
    stage = await realStage(5002);
  });
  after(() => stage.stop());

  it("holds busybox, whose layers overlay can mount", async () => {
    await pushImage(stage.host, "busybox", "latest", busyboxImage());
    const image = await pull(stage.images, `${stage.host}/busybox`);
    const [links = "", root = ""] = stage.images.layers(image.id);
    assert(readdirSync(join(links, "bin")).includes("sh"));
    assert.deepEqual(readFileSync(join(root, "bin/busybox")), readFileSync("/usr/bin/busybox"));
    assert.deepEqual(image.config.env, ["PATH=/bin"]);
    await stage.settled();
    assert.deepEqual(
      stage.files().filter((file) => /tmp|trash/.test(file)),
      [],
    );
    assert(
      stage
        .files()
        .filter((file) => file.startsWith("blobs"))
        .every((file) => isDigest(`sha256:${file.slice(13)}`)),
    );
    await stage.images.remove(image.id);
    await stage.settled();
    assert.deepEqual(stage.files(), []);
  });

  it("finds in an index the image for this machine, and knows it by both digests", async () => {
    const image = (name: string): TestImage => testImage([tar([{ name }])], { Cmd: [name] });
    const ours = process.arch === "x64" ? "amd64" : process.arch;
    const index = await pushIndex(stage.host, "multi", "v1", [
      { image: image("foreign"), architecture: "riscv64" },
      { image: image("ours"), architecture: ours },
    ]);
    const pulled = await pull(stage.images, `${stage.host}/multi:v1`);
    assert.deepEqual(pulled.config.cmd, ["ours"]);
    assert.equal(pulled.repoDigests[0], `${stage.host}/multi@${sha256(index)}`);
    assert.equal(pulled.repoDigests.length, 2);
    await stage.images.remove(pulled.id);
    const foreign = await pushIndex(stage.host, "multi", "v2", [{ image: image("foreign"), architecture: "riscv64" }]);
    assert(foreign.length > 0);
    await assert.rejects(
      pull(stage.images, `${stage.host}/multi:v2`),
      /there is no image for linux\/\w+, only for linux\/riscv64/,
    );
  });

  it("says of an image whether it is pinned, by each of its names", async () => {
    await stage.publish(`${stage.host}/plain:v1`, ["pinned"], "pinned");
    await stage.publish(`${stage.host}/pinned:v1`, ["pinned"], "pinned");
    assert.equal((await pull(stage.images, `${stage.host}/plain:v1`)).pinned, false);
    const { id, pinned } = await pull(stage.images, `${stage.host}/pinned:v1`);
    assert.equal(pinned, true);
    assert.deepEqual(
      stage.images.list().map((image) => [image.id, image.pinned]),
      [[id, true]],
    );
    await stage.images.remove(id);
  });

  it("takes nothing of an image whose layer is not what its config promises", async () => {
    const [honest, other] = [testImage([tar([{ name: "a" }])]), testImage([tar([{ name: "b" }])])];
    const config = Buffer.from(other.config);
    const manifest = Buffer.from(
      honest.manifest
        .toString()
        .replace(sha256(honest.config), sha256(config))
        .replace(`"size":${honest.config.length}`, `"size":${config.length}`),
    );
    await pushImage(stage.host, "bad", "v1", { ...honest, config, manifest });
    await assert.rejects(pull(stage.images, `${stage.host}/bad:v1`, "bad"), {
      code: "Failed",
      message:
        /^layer sha256:\w{64}: the image's config promises the content sha256:\w{64}, the layer holds sha256:\w{64}$/,
    });
    await stage.images.discard("bad");
    await stage.settled();
    assert.deepEqual(stage.files(), []);
    assert.deepEqual([...stage.records.rows], []);
  });

  it("keeps a layer once for images above which it looks different, and twice where it does", async () => {
    const whiteout = tar([{ name: ".wh.a" }]);
    await pushImage(stage.host, "over", "a", testImage([tar([{ name: "a" }]), whiteout]));
    await pushImage(stage.host, "over", "b", testImage([tar([{ name: "b" }]), whiteout]));
    const [a, b] = [await pull(stage.images, `${stage.host}/over:a`), await pull(stage.images, `${stage.host}/over:b`)];
    const [overA = "", overB = ""] = [stage.images.layers(a.id)[0], stage.images.layers(b.id)[0]];
    assert.notEqual(overA, overB);
    assert.deepEqual([readdirSync(overA), readdirSync(overB)], [["a"], []]);
    await stage.images.remove(a.id);
    await stage.images.remove(b.id);
  });
});

describe("the image store after a crash", inTestNode, () => {
  let stage: RealStage;
  before(async () => {
    stage = await realStage(5003);
  });
  after(() => stage.stop());

  it("has lost what was under way, and nothing else", async () => {
    await stage.publish(`${stage.host}/kept:v1`, ["kept"], "kept");
    await stage.publish(`${stage.host}/lost:v1`, ["lost"], "lost");
    const kept = await pull(stage.images, `${stage.host}/kept:v1`);
    await stage.images.resolve({ pullId: "lost", reference: `${stage.host}/lost:v1` }, never);
    await stage.images.fetch("lost", () => {}, never);
    await stage.images.unpack("lost", never);
    for (const debris of ["layers/unknown", "trash/old", "tmp/old"])
      mkdirSync(join(stage.directory, debris, "deep"), { recursive: true });
    writeFileSync(join(stage.directory, "blobs/sha256", "0".repeat(64)), "debris");
    writeFileSync(join(stage.directory, "tmp/file"), "debris");
    const images = await stage.restart();
    await stage.settled();
    assert.deepEqual(images.list(), [kept]);
    const [layer = ""] = images.layers(kept.id);
    assert.deepEqual(readdirSync(layer), ["kept"]);
    assert.deepEqual(
      stage.files().map((file) => file.split("/")[0]),
      ["layers", "blobs", "blobs"],
    );
    await images.remove(kept.id);
  });

  it("says which image has lost a layer, and has it whole again after a pull", async () => {
    const reference = `${stage.host}/holey:v1`;
    await stage.publish(reference, ["whole", "hole"], "holey");
    const image = await pull(await stage.restart(), reference);
    rmSync(join(stage.directory, "layers", image.diffIds[1]?.slice(7) ?? ""), { recursive: true });
    const images = await stage.restart();
    assert.equal(images.find(reference), undefined);
    assert.match(
      stage.warnings.at(-1) ?? "",
      /holey:v1 has lost 1 of its layers \(\w{64}\): it has to be pulled again/,
    );
    const { bytesToFetch } = await images.resolve({ pullId: "again", reference }, never);
    assert(bytesToFetch > 0 && bytesToFetch < 1000);
    await images.discard("again");
    await pull(images, reference);
    assert.equal(images.layers(image.id).filter(stage.isThere).length, 2);
    await images.remove(image.id);
  });

  it("leaves the layers of a broken image to the containers of this boot, and frees them in the next", async () => {
    const reference = `${stage.host}/broken:v1`;
    await stage.publish(reference, ["still used", "gone"], "broken");
    const image = await pull(await stage.restart(), reference);
    rmSync(join(stage.directory, "layers", image.diffIds[1]?.slice(7) ?? ""), { recursive: true });
    await stage.restart();
    await stage.restart();
    await stage.settled();
    assert.equal(stage.files().filter((file) => file.startsWith("layers/")).length, 1);
    await stage.restart("next boot");
    await stage.settled();
    assert.deepEqual(stage.files(), []);
    assert.deepEqual([...stage.records.rows], []);
  });

  it("deletes nothing while a record cannot be read", async () => {
    await stage.publish(`${stage.host}/doubt:v1`, ["doubt"], "doubt");
    const image = await pull(await stage.restart(), `${stage.host}/doubt:v1`);
    const row = stage.records.rows.get(image.id) ?? "";
    stage.records.rows.set(image.id, "{torn");
    const doubtful = await stage.restart();
    await stage.settled();
    assert.deepEqual(doubtful.list(), []);
    assert.match(stage.warnings.at(-1) ?? "", /the record of the image sha256:\w{64} cannot be read: it is no JSON/);
    stage.records.rows.set(image.id, row);
    const images = await stage.restart();
    assert.deepEqual(images.list(), [image]);
    assert(stage.isThere(images.layers(image.id)[0] ?? ""));
    await images.remove(image.id);
  });

  it("does not touch what a worker of the dead daemon still writes to", async () => {
    const directory = join(stage.directory, "tmp/busy");
    mkdirSync(directory);
    const worker = spawn("flock", [join(directory, "lock"), "sh", "-c", "echo locked; read line"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(worker.stdout, "data");
    await stage.restart();
    await stage.settled();
    assert.match(stage.warnings.at(-1) ?? "", /an unpack worker of an earlier daemon still writes to .*tmp\/busy/);
    assert(stage.isThere(directory));
    worker.stdin.end();
    await once(worker, "close");
    await stage.restart();
    await stage.settled();
    assert(!stage.isThere(directory));
  });
});
