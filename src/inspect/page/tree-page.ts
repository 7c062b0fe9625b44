/** Who owns whom: supervisors with their children, and how often each began again. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { moodOf } from "../health.ts";
import { treeOf, type Branch } from "../tree.ts";
import { lasting, partName, plural, podName } from "../words.ts";
import { kindOf, objectOf } from "../../vocabulary/index.ts";
import { html } from "./html.ts";
import { Mark } from "./mark.ts";
import { podLink } from "./route.ts";
import { Rows } from "./rows.ts";
import { healthIn, type Scene } from "./scene.ts";
import { Sheet } from "./sheet.ts";

const INDENT_REM = 1.25;

export const TreePage = ({ scene }: { readonly scene: Scene }): VNode => {
  const [folded, fold] = useState<ReadonlySet<string>>(new Set());
  const { picture, now } = scene;
  const { explaining } = healthIn(scene);
  const rows = treeOf(picture, folded);
  const unfold = ({ actor }: Branch, unfolded: boolean): void => {
    const next = new Set(folded);
    if (unfolded) next.delete(actor.id);
    else next.add(actor.id);
    fold(next);
  };
  const podIdOf = ({ actor }: Branch): string | undefined =>
    kindOf(actor.id) === "pod" ? objectOf(actor.id) : picture.podOf(actor.id);
  const nameOf = ({ actor }: Branch): string =>
    kindOf(actor.id) === "pod" ? podName(picture, objectOf(actor.id)) : partName(actor);
  const name = (branch: Branch): VNode => {
    const { actor, depth, children } = branch;
    const pod = kindOf(actor.id) === "pod" ? objectOf(actor.id) : undefined;
    const open = !folded.has(actor.id);
    return html`<span style=${{ paddingLeft: `${depth * INDENT_REM}rem` }}>
      ${
        children > 0
          ? html`<button
              class="fold"
              tabindex="-1"
              aria-label=${`${open ? "fold" : "unfold"} ${nameOf(branch)}`}
              onClick=${() => unfold(branch, !open)}
            >
              <svg class="mark" viewBox="0 0 12 12" aria-hidden="true">
                <path
                  d=${open ? "M1 3.5 6 9l5-5.5" : "M3.5 1 9 6l-5.5 5"}
                  fill="none"
                  stroke="currentColor"
                  stroke-width="1.8"
                />
              </svg>
            </button>`
          : html`<span style=${{ paddingLeft: "1.5rem" }}></span>`
      }
      <${Mark} mood=${moodOf(actor)} />${
        pod === undefined ? nameOf(branch) : html`<a href=${podLink(pod)} tabindex="-1">${nameOf(branch)}</a>`
      }
      ${children > 0 ? html` <span class="soft">${children}</span>` : ""}
    </span>`;
  };
  return html`
    <div class="title">
      <h1 tabindex="-1">Who owns whom</h1>
      <p class="soft">
        ${plural(picture.actors.size, "actor")}. A supervisor starts its children again when they crash; who crashes too
        often is quarantined, and its neighbours never notice. Arrow keys go through the tree, left and right fold and
        unfold.
      </p>
    </div>
    <${Sheet} title="Tree" empty=${rows.length === 0 ? "The recording has no actors yet." : undefined}>
      <${Rows}
        label="Supervisors and their children"
        rows=${rows}
        keyOf=${({ actor }: Branch) => actor.id}
        level=${({ depth }: Branch) => depth + 1}
        unfolded=${({ actor, children }: Branch) => (children > 0 ? !folded.has(actor.id) : undefined)}
        unfold=${unfold}
        open=${(branch: Branch) => {
          const pod = podIdOf(branch);
          if (pod !== undefined) location.hash = podLink(pod);
        }}
        columns=${[
          { head: "actor", cell: name },
          { head: "state", cell: ({ actor }: Branch) => html`<code>${actor.state ?? "crashed"}</code>` },
          { head: "for", number: true, cell: ({ actor }: Branch) => lasting(now - actor.since) },
          { head: "restarts", number: true, cell: ({ actor }: Branch) => actor.incarnation - 1 || "" },
          {
            head: "waits for",
            cell: ({ actor }: Branch) => {
              const waitsFor = moodOf(actor) === "rest" ? undefined : explaining.of(actor.id)?.waitsFor;
              return actor.quarantined === undefined
                ? html`<code>${waitsFor}</code>`
                : `in quarantine: ${actor.quarantined}`;
            },
          },
        ]}
      />
    <//>
  `;
};
