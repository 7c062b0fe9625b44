/** An attach with hands. */
import { attachMachine } from "../machines/attach.ts";
import { calling, type Port } from "./calls.ts";

export const attachActor = (port: Port) => {
  const call = calling(port);
  return attachMachine.provide({
    actors: {
      prepare: call("attaches", "prepare", 10_000),
      join: call("attaches", "join", 10_000),
      closeInput: call("attaches", "closeInput", 10_000),
      leave: call("attaches", "leave", 10_000),
      until: call("clock", "until", null),
    },
  });
};
