import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Exhausted } from "../../../src/errors.ts";
import { tokens } from "../../../src/drivers/streaming/tokens.ts";

type Request = { readonly kind: "exec"; readonly cmd: string } | { readonly kind: "attach" };

const at = (time: { now: number }) => tokens<Request>({ now: () => time.now });
const request: Request = { kind: "exec", cmd: "true" };

describe("a token", () => {
  it("has 144 bits of the randomness that is given, and fits a URL", () => {
    const asked: number[] = [];
    const random = (bytes: number): Buffer => {
      asked.push(bytes);
      return Buffer.alloc(bytes, 0xff);
    };
    assert.equal(tokens<Request>({ random }).issue(request, "c1"), "_".repeat(24));
    assert.deepEqual(asked, [18]);
  });

  it("gives its request once", () => {
    const all = tokens<Request>();
    const token = all.issue(request, "c1");
    assert.deepEqual(all.redeem("exec", token), request);
    assert.equal(all.redeem("exec", token), undefined);
  });

  it("is used up by an opening of the wrong kind", () => {
    const all = tokens<Request>();
    const token = all.issue(request, "c1");
    assert.equal(all.redeem("attach", token), undefined);
    assert.equal(all.redeem("exec", token), undefined);
  });

  it("is good for a minute", () => {
    const time = { now: 5 };
    const all = at(time);
    const [one, other] = [all.issue(request, "c1"), all.issue(request, "c1")];
    time.now += 59_999;
    assert.deepEqual(all.redeem("exec", one), request);
    time.now += 1;
    assert.equal(all.redeem("exec", other), undefined);
  });

  it("that was never given out is none", () => {
    assert.equal(tokens<Request>().redeem("exec", "AAAAAAAAAAAAAAAAAAAAAAAA"), undefined);
  });

  it("of a removed container is none", () => {
    const all = tokens<Request>();
    const [gone, kept] = [all.issue(request, "c1"), all.issue(request, "c2")];
    all.forget("c1");
    assert.equal(all.redeem("exec", gone), undefined);
    assert.deepEqual(all.redeem("exec", kept), request);
  });

  it("is refused beyond a thousand, until one is used or has expired", () => {
    const time = { now: 0 };
    const all = at(time);
    const [first = ""] = Array.from({ length: 1000 }, () => all.issue(request, "c1"));
    assert.throws(() => all.issue(request, "c1"), Exhausted);
    all.redeem("exec", first);
    all.issue(request, "c1");
    assert.throws(() => all.issue(request, "c1"), Exhausted);
    assert.deepEqual(all.queue, { length: 1000, bound: 1000, refused: 2 });
    time.now += 60_000;
    all.issue(request, "c1");
    assert.deepEqual(all.queue, { length: 1, bound: 1000, refused: 2 });
  });
});
