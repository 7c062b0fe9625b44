/** What people call a thing, and what they are told when it is not clear which one they mean. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Invalid } from "../../src/errors.ts";
import { nearest } from "../../src/inspect/nearest.ts";
import { subjectIn } from "../../src/inspect/subjects.ts";
import { Tape } from "../support/tape.ts";

const actors = [
  ...new Tape()
    .pod("a1", { namespace: "default", pod: "web-0" })
    .pod("a2", { namespace: "default", pod: "web-1" })
    .pod("b1", { namespace: "kube-system", pod: "dns" }, "dns")
    .pod("b2", { namespace: "default", pod: "dns" }, "dns")
    .pod("d1", { namespace: "kube-system", pod: "proxy", attempt: 0 }, "old")
    .pod("d2", { namespace: "kube-system", pod: "proxy", attempt: 1 }, "new")
    .born("monitor-link", "connected")
    .picture.actors.values(),
];
const found = (asked: string): string => subjectIn(actors, asked).label;
const refused = (asked: string, words: RegExp): void =>
  assert.throws(
    () => subjectIn(actors, asked),
    (error) => error instanceof Invalid && words.test(error.message),
  );

describe("a thing is found", () => {
  it("by a pod's name, with its namespace or without, and by a container's", () => {
    assert.equal(found("web-0"), "default/web-0");
    assert.equal(found("kube-system/dns"), "kube-system/dns");
    assert.equal(found("default/web-0/app"), "default/web-0/app");
    assert.equal(found("web-1/app"), "default/web-1/app");
  });

  it("by its id or the beginning of one: a sandbox's is its pod's", () => {
    assert.equal(found("a1"), "default/web-0");
    assert.equal(found("ca20"), "default/web-1/app");
    assert.equal(found("monitor-link"), "monitor-link");
  });

  it("by the beginning of a name that only one has", () => {
    assert.equal(found("prox"), "kube-system/proxy");
  });

  it("with all its attempts: pods that follow each other under one name are one to people", () => {
    assert.equal(subjectIn(actors, "proxy").actors.length, 8);
  });
});

describe("a thing is not found", () => {
  it("where several may be meant, which are named", () => {
    refused("dns", /^"dns" may be any of 2: kube-system\/dns \(b10+\), default\/dns \(b20+\)$/);
    refused("web", /^"web" may be any of /);
  });

  it("where there is none, and what is nearest is named", () => {
    refused("web-O", /^there is no pod, container or other thing "web-O" here; the nearest are web-0/);
    refused("", /^there is no pod, container or other thing "" here$/);
    refused("\x1b[2J", /"\\u001b\[2J"/);
  });

  it("nor is anything named that has little in common with it", () => {
    assert.deepEqual(nearest("something-else", ["web", "dns"]), []);
    assert.deepEqual(nearest("x".repeat(10_000), ["web"]), []);
  });
});
