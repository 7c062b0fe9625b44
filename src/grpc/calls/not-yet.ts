/**
 * The methods that Troupe does not have yet. They answer with the code UNIMPLEMENTED, on which clients fall back where
 * they can, and with a sentence for the people who read it.
 */
import { Unimplemented } from "../../errors.ts";

const notYet = (method: string, reason: string) => (): never => {
  throw new Unimplemented(`${method} is not there yet: ${reason}`);
};

export const notYetCalls = {
  CheckpointPod: notYet("CheckpointPod", "checkpoints are of single containers"),
  RestorePod: notYet("RestorePod", "checkpoints are not read yet"),
};
