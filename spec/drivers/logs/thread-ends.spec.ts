import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { openDescriptors } from "../../support/eventually.ts";
import { Scene } from "./support/scene.ts";

describe("a log thread that ends", () => {
  let scene: Scene;
  beforeEach(() => (scene = new Scene()));
  afterEach(() => scene.close());

  it("leaves no descriptor behind", async () => {
    const one = scene.container("one");
    scene.logs.open(one.source);
    const after = async (text: string): Promise<number> => {
      one.say(text);
      await scene.logs.drain("one", 5000);
      assert.equal(await scene.logs.stop(5000), true);
      const open = openDescriptors();
      scene.logs.resume();
      return open;
    };
    const first = await after("a");
    for (const text of "bcd") assert.equal(await after(text), first);
    one.end();
    await scene.heard("one ended");
    assert.equal(one.output(), "abcd");
  });
});
