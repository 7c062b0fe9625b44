/** An image pull with hands. Fetching has no bound of its own but silence, which the registry client watches. */
import { imagePullMachine } from "../machines/image-pull.ts";
import { calling, type Port } from "./calls.ts";

export const imagePullActor = (port: Port) => {
  const call = calling(port);
  return imagePullMachine.provide({
    actors: {
      permit: call("permits", "pull", null),
      resolve: call("images", "resolve", 120_000),
      fetch: call("images", "fetch", null),
      permitToUnpack: call("permits", "unpack", null),
      unpack: call("images", "unpack", 1_800_000),
      commit: call("images", "commit", 120_000),
      discard: call("images", "discard", 60_000),
      until: call("clock", "until", null),
    },
  });
};
