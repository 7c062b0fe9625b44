/** List filters: all that is given must match; ids may be prefixes, labels must be equal. */
import type { ContainerView, SandboxView } from "../../vocabulary/index.ts";
import type { ContainerFilter } from "../messages/container.ts";
import type { PodSandboxFilter } from "../messages/sandbox.ts";
import { containerState } from "../to-cri/container.ts";
import { sandboxState } from "../to-cri/sandbox.ts";

type Labels = Readonly<Record<string, string>>;

const selects = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value);

/** The kubelet asks for all containers with a filter in which nothing is set; the list that is known is the answer then. */
const isEmpty = ({ id, state, label_selector }: PodSandboxFilter | ContainerFilter): boolean =>
  id === "" && state === null && Object.keys(label_selector).length === 0;

export const filteredSandboxes = (
  views: readonly SandboxView[],
  filter: PodSandboxFilter | null,
): readonly SandboxView[] => {
  if (filter === null || isEmpty(filter)) return views;
  return views.filter(
    (view) =>
      view.id.startsWith(filter.id) &&
      (filter.state === null || sandboxState(view) === filter.state.state) &&
      selects(filter.label_selector, view.config.labels),
  );
};

export const filteredContainers = (
  views: readonly ContainerView[],
  filter: ContainerFilter | null,
): readonly ContainerView[] => {
  if (filter === null || (isEmpty(filter) && filter.pod_sandbox_id === "")) return views;
  return views.filter(
    (view) =>
      view.id.startsWith(filter.id) &&
      view.sandboxId.startsWith(filter.pod_sandbox_id) &&
      (filter.state === null || containerState(view) === filter.state.state) &&
      selects(filter.label_selector, view.config.labels),
  );
};
