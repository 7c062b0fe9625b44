import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { podMind, type PodState } from "../../src/supervisors/pod-mind.ts";
import type { ChildSpec } from "../../src/supervisors/supervisor.ts";

const mind = podMind(() => 100);
const child = (kind: string, id: string): ChildSpec => ({ kind, id: `${kind}/${id}`, input: {} });
const sandbox = child("sandbox", "s");
const attachment = child("attachment", "s");
const container = child("container", "c");
const state: PodState = mind.initial;

describe("a pod", () => {
  it("asked to attach makes the attachment", () => {
    const { spawn } = mind.react(state, { type: "ask.attach", id: "s" }, [sandbox]);
    assert.deepEqual(
      spawn?.map(({ id }) => id),
      ["attachment/s"],
    );
  });

  it("passes on what the attachment says, good or bad", () => {
    const good = mind.react(state, { type: "child.at", id: "s", state: "attached", ips: ["10.0.0.2"] }, [
      sandbox,
      attachment,
    ]);
    assert.deepEqual(good.send, [{ to: "sandbox/s", event: { type: "attached", ips: ["10.0.0.2"] } }]);
    const failure = { code: "Failed", text: "no" };
    const bad = mind.react(state, { type: "child.at", id: "s", state: "failed", failure }, [sandbox, attachment]);
    assert.deepEqual(bad.send, [{ to: "sandbox/s", event: { type: "attachFailed", failure } }]);
  });

  it("asked to detach answers when the attachment is gone, and at once when there is none", () => {
    const asked = mind.react(state, { type: "ask.detach", id: "s" }, [sandbox, attachment]);
    assert.deepEqual(asked.send, [{ to: "attachment/s", event: { type: "detach", at: 100 } }]);
    const gone = mind.react(asked.state, { type: "child.gone", id: "attachment/s" }, [sandbox]);
    assert.deepEqual(gone.send, [{ to: "sandbox/s", event: { type: "detached" } }]);
    assert.deepEqual(gone.state.asked, []);
    const none = mind.react(state, { type: "ask.detach", id: "s" }, [sandbox]);
    assert.deepEqual(none.send?.at(-1), { to: "sandbox/s", event: { type: "detached" } });
  });

  it("asked to empty stops the containers with no patience, and answers when none lives", () => {
    const asked = mind.react(state, { type: "ask.empty", id: "s" }, [sandbox, container]);
    assert.deepEqual(asked.send, [{ to: "container/c", event: { type: "stop", at: 100, deadline: 100 } }]);
    const created = mind.react(asked.state, { type: "child.at", id: "c", state: "created" }, [sandbox, container]);
    assert.deepEqual(created.send, [{ to: "container/c", event: { type: "stop", at: 100, deadline: 100 } }]);
    const stopped = mind.react(created.state, { type: "child.at", id: "c", state: "stopped" }, [sandbox, container]);
    assert.deepEqual(stopped.send, [{ to: "sandbox/s", event: { type: "emptied" } }]);
  });

  it("asked to clear removes the containers, and answers when none is left", () => {
    const asked = mind.react(state, { type: "ask.clear", id: "s" }, [sandbox, container]);
    assert.deepEqual(asked.send, [{ to: "container/c", event: { type: "remove", at: 100 } }]);
    const gone = mind.react(asked.state, { type: "child.gone", id: "container/c" }, [sandbox]);
    assert.deepEqual(gone.send, [{ to: "sandbox/s", event: { type: "cleared" } }]);
  });

  it("tells a container that came or came back after the others were told, too", () => {
    const asked = mind.react(state, { type: "ask.clear", id: "s" }, [sandbox, container]);
    const late = { kind: "container", id: "container/late", input: {} };
    const came = mind.react(asked.state, { type: "child.at", id: "late", state: "running" }, [
      sandbox,
      container,
      late,
    ]);
    assert.deepEqual(came.send, [{ to: "container/late", event: { type: "remove", at: 100 } }]);
  });

  it("tells an attachment that came back after it was told to detach, again", () => {
    const asked = mind.react(state, { type: "ask.detach", id: "s" }, [sandbox, attachment]);
    const back = { type: "child.at", id: "s", state: "attached", ips: ["10.0.0.2"] };
    const came = mind.react(asked.state, back, [sandbox, attachment]);
    assert.deepEqual(came.send, [{ to: "attachment/s", event: { type: "detach", at: 100 } }]);
  });

  it("asked again, as after a restart of the sandbox, tells the others again and answers once", () => {
    const once = mind.react(state, { type: "ask.empty", id: "s" }, [sandbox, container]);
    const twice = mind.react(once.state, { type: "ask.empty", id: "s" }, [sandbox, container]);
    assert.deepEqual(twice.state.asked, ["empty"]);
    const stopped = mind.react(twice.state, { type: "child.at", id: "c", state: "stopped" }, [sandbox, container]);
    assert.equal(stopped.send?.length, 1);
  });
});
