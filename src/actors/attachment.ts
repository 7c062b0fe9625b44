/** A network attachment with hands. The bounds on the plugins are CRI-O's: minutes for ADD, one for DEL. */
import { attachmentMachine } from "../machines/attachment.ts";
import { calling, type Port } from "./calls.ts";

export const attachmentActor = (port: Port) => {
  const call = calling(port);
  return attachmentMachine.provide({
    actors: {
      record: call("records", "putAttachment", 10_000),
      permitToAdd: call("permits", "add", null),
      add: call("network", "attach", 180_000),
      permitToDelete: call("permits", "delete", null),
      delete: call("network", "detach", 60_000),
      forgetRecord: call("records", "forgetAttachment", 10_000),
      settlePlugins: call("network", "settle", 30_000),
      until: call("clock", "until", null),
    },
  });
};
