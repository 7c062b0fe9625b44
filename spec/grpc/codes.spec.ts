import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  AlreadyExists,
  Cancelled,
  Exhausted,
  Failed,
  Invalid,
  NotAllowed,
  NotFound,
  Overdue,
  Unavailable,
  Unimplemented,
} from "../../src/errors.ts";
import { codeName, statusOf } from "../../src/grpc/codes.ts";

describe("the gRPC code of an error", () => {
  const table = [
    [new NotFound("container", "c"), "NOT_FOUND"],
    [new AlreadyExists("x"), "ALREADY_EXISTS"],
    [new NotAllowed("x"), "FAILED_PRECONDITION"],
    [new Invalid("x"), "INVALID_ARGUMENT"],
    [new Unavailable("x"), "UNAVAILABLE"],
    [new Exhausted("x"), "RESOURCE_EXHAUSTED"],
    [new Overdue("x"), "DEADLINE_EXCEEDED"],
    [new Cancelled("x"), "CANCELLED"],
    [new Unimplemented("x"), "UNIMPLEMENTED"],
    [new Failed("x"), "UNKNOWN"],
  ] as const;
  for (const [error, code] of table)
    it(`of ${error.name} is ${code}, with its text`, () =>
      assert.deepEqual(statusOf(error), { code, details: error.message, defect: false }));

  it("of anything else is INTERNAL, with its message, and counts as a defect", () => {
    assert.deepEqual(statusOf(new TypeError("x is not a function")), {
      code: "INTERNAL",
      details: "x is not a function",
      defect: true,
    });
    assert.deepEqual(statusOf("thrown text"), { code: "INTERNAL", details: "thrown text", defect: true });
  });

  it("comes with a text that fits a header, and ends at a whole character", () => {
    for (const letter of ["e", "語", "𝒳"]) {
      const { details } = statusOf(new Failed(`x${letter.repeat(10_000)}`));
      assert.match(details, /… \(\d+ characters in all\)$/);
      assert.ok(encodeURI(details).length < 65_536);
    }
  });

  it("comes in one line, whatever a client had a tool say", () => {
    assert.equal(statusOf(new Failed("no `a\nb\0`")).details, "no `a\\nb\\u0000`");
  });

  it("has the number that gRPC gave it", () => {
    assert.deepEqual([0, 2, 5, 12, 14, 99].map(codeName), [
      "OK",
      "UNKNOWN",
      "NOT_FOUND",
      "UNIMPLEMENTED",
      "UNAVAILABLE",
      "UNKNOWN",
    ]);
  });
});
