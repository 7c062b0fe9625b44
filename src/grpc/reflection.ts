/** proto/cri.proto as protobufjs reads it. Nothing of it is in the bundle, for which the build writes out what it comes to. */
import { existsSync, readFileSync } from "node:fs";
import protobuf from "protobufjs";

/** The contract's file, from a source that stands somewhere below the package's root. */
export const contractFile = (from = import.meta.url): URL => {
  for (let folder = new URL(".", from); ; folder = new URL("..", folder)) {
    const file = new URL("proto/cri.proto", folder);
    if (existsSync(file)) return file;
    if (folder.pathname === "/") throw new Error(`proto/cri.proto is in no folder above ${from}: reinstall Troupe`);
  }
};

/** The whole contract. Names as the contract has them (keepCase), so that they can be searched for and compared. */
export const reflection: protobuf.Root = protobuf.parse(readFileSync(contractFile(), "utf8"), { keepCase: true }).root;
reflection.resolveAll();
