/** All pods of the node, with a filter. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { moodOf } from "../health.ts";
import { podsOf, type Pod } from "../pods.ts";
import { lasting, plural } from "../words.ts";
import { html } from "./html.ts";
import { Mark } from "./mark.ts";
import { podLink } from "./route.ts";
import { Rows } from "./rows.ts";
import type { Scene } from "./scene.ts";
import { Sheet } from "./sheet.ts";

const hasWord = ({ id, name, namespace, containers }: Pod, word: string): boolean =>
  [id, name, namespace, ...containers.map((one) => `${one.id} ${one.name?.container ?? ""}`)].some((text) =>
    text.toLowerCase().includes(word),
  );

const Containers = ({ pod }: { readonly pod: Pod }): VNode => {
  const { containers } = pod;
  if (containers.length === 0) return html`<span class="soft">none</span>`;
  return html`${containers.map(
    (one) =>
      html`<span class="one" key=${one.id}
        ><${Mark} mood=${moodOf(one)} />${one.name?.container ?? one.id.slice(-12)}
        <span class="soft">${one.state ?? "crashed"}</span>
      </span>`,
  )}`;
};

export const PodsSheet = ({ scene }: { readonly scene: Scene }): VNode => {
  const [typed, type] = useState("");
  const { picture, now } = scene;
  const pods = podsOf(picture);
  const word = typed.trim().toLowerCase();
  const found = word === "" ? pods : pods.filter((pod) => hasWord(pod, word));
  const empty =
    pods.length === 0
      ? "This node has no pods. What the kubelet asks for shows up here at once."
      : found.length === 0
        ? `No pod has “${typed}” in its name, its namespace, its ids or its containers' names.`
        : undefined;
  const filter = html`<span class="soft"
      >${word === "" ? plural(pods.length, "pod") : `${found.length} of ${pods.length}`}</span
    >
    <input
      class="end"
      type="search"
      aria-label="Filter pods"
      placeholder="filter"
      value=${typed}
      onInput=${(event: InputEvent) => type((event.target as HTMLInputElement).value)}
    />`;
  return html`<${Sheet} title="Pods" aside=${pods.length > 0 ? filter : null} empty=${empty}>
    <${Rows}
      label="Pods"
      rows=${found}
      keyOf=${({ id }: Pod) => id}
      open=${({ id }: Pod) => (location.hash = podLink(id))}
      columns=${[
        {
          head: "pod",
          cell: ({ id, name, mood }: Pod) =>
            html`<${Mark} mood=${mood} /><a href=${podLink(id)} tabindex="-1">${name}</a>`,
        },
        { head: "namespace", cell: ({ namespace }: Pod) => html`<span class="soft">${namespace}</span>` },
        { head: "state", cell: ({ sandbox }: Pod) => (sandbox ? html`<code>${sandbox.state}</code>` : "") },
        { head: "containers", cell: (pod: Pod) => html`<${Containers} pod=${pod} />` },
        { head: "last change", number: true, cell: ({ since }: Pod) => lasting(now - since) },
        { head: "restarts", number: true, cell: ({ restarts }: Pod) => restarts || "" },
      ]}
    />
  <//>`;
};
