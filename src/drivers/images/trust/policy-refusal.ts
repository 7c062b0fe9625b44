import { Failed } from "../../../errors.ts";

/** An image that the policy does not allow. The kubelet takes the first word of its text for the pod's reason. */
export class PolicyRefusal extends Failed {
  constructor(text: string, cause?: unknown) {
    super(`SignatureValidationFailed: ${text}`, cause);
  }
}
