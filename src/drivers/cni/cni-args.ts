/** CNI_ARGS: which pod a plugin works for, in the words that all Kubernetes network providers read. */
import { Invalid } from "../../errors.ts";
import { excerpt } from "./json.ts";
import type { AttachRequest } from "./network.ts";

export type CniArgs = readonly (readonly [key: string, value: string])[];

/** Throws Invalid for a value that would add pairs of its own: plugins cut at `;` and `=`. */
export const cniArgs = ({ id, podName, podNamespace, podUid }: AttachRequest): CniArgs => {
  const args: CniArgs = [
    ["IgnoreUnknown", "1"], // without it plugins fail on keys that they do not know
    ["K8S_POD_NAMESPACE", podNamespace],
    ["K8S_POD_NAME", podName],
    ["K8S_POD_INFRA_CONTAINER_ID", id],
    ["K8S_POD_UID", podUid],
  ];
  const bad = args.find(([, value]) => /[;=\0]/.test(value));
  if (bad) throw new Invalid(`${bad[0]} ${excerpt(bad[1])} cannot be given to CNI plugins: it holds ";" or "="`);
  return args;
};

export const formatArgs = (args: CniArgs): string => args.map(([key, value]) => `${key}=${value}`).join(";");
