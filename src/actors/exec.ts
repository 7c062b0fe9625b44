/** An exec with hands. */
import { execMachine } from "../machines/exec.ts";
import { calling, type Port } from "./calls.ts";

export const execActor = (port: Port) => {
  const call = calling(port);
  return execMachine.provide({
    actors: {
      prepare: call("execs", "prepare", 10_000),
      spawn: call("execs", "spawn", 60_000),
      until: call("clock", "until", null),
      kill: call("execs", "kill", 10_000),
      hangUp: call("execs", "hangUp", 10_000),
      collect: call("execs", "collect", 10_000),
      clean: call("execs", "clean", 10_000),
    },
  });
};
