/**
 * The places in the charts at which plugins of NRI (the Node Resource Interface) are to be called. Nobody serves them yet:
 * each is a named state that is passed at once. Served, it becomes a driver call like any other, and the ways through the
 * chart stay as they are.
 *
 * A plugin is consulted where its answer counts (it may change what is asked for, or refuse it), told where it does not.
 * `PostUpdatePodSandbox` has no place: resources of a pod are noted, and nothing is done with them.
 */

/** As NRI's `Plugin` service calls them. */
export type NriPoint =
  | "RunPodSandbox"
  | "StopPodSandbox"
  | "RemovePodSandbox"
  | "CreateContainer"
  | "PostCreateContainer"
  | "StartContainer"
  | "PostStartContainer"
  | "UpdateContainer"
  | "PostUpdateContainer"
  | "StopContainer"
  | "RemoveContainer";

/** A state that stands for `point`, and leads on. */
export const passing = <const Onward>(point: NriPoint, onward: Onward) =>
  ({ description: `NRI: ${point}`, always: onward }) as const;
