/** A fork, beside what was recorded: what was chosen, what is open, and where each part of the pod went, here and there. */
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { sentenceOf } from "../../machines/sentence.ts";
import { explainedIn, isRestless } from "../explained.ts";
import type { Fork } from "../fork/fork.ts";
import { waysOf } from "../fork/ways.ts";
import type { Picture } from "../picture.ts";
import { partName, podName } from "../words.ts";
import { ForkQuestions } from "./fork-questions.ts";
import type { Forking } from "./forking.ts";
import { html } from "./html.ts";
import { Sheet } from "./sheet.ts";

export interface ForkSheetOptions {
  readonly forking: Forking;
  /** Something was chosen, or taken back. */
  readonly changed: () => void;
}

/** Of a way longer than this the end is told. */
const MOST_STATES = 10;

const Way = ({ states }: { readonly states: readonly string[] }): VNode => {
  if (states.length === 0) return html`<span class="soft">—</span>`;
  const told = states.slice(-MOST_STATES);
  const left = states.length - told.length;
  return html`${left > 0 ? `${left} more, ` : ""}${told.map(
    (state, n) => html`${n > 0 ? " → " : "→ "}<code>${state}</code>`,
  )}`;
};

const awaited = (picture: Picture, id: string): string => {
  const actor = picture.actors.get(id);
  if (!actor) return "";
  const explanation = isRestless(actor) ? explainedIn(picture, id) : undefined;
  return explanation ? sentenceOf(explanation, picture.mono).replace(/^\S+ is /, "is ") : "nothing: it is at rest";
};

const Ways = ({ forking, fork }: { readonly forking: Forking; readonly fork: Fork }): VNode => {
  const { picture } = forking.player.scene;
  return html`<div class="table">
    <table class="ways" aria-label="As recorded, and in the fork">
      <thead>
        <tr>
          ${["part", "at the fork", "as recorded", "in the fork", "in the fork it waits for"].map(
            (head) => html`<th scope="col" key=${head}>${head}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${waysOf(fork, forking.recordedBehind).map(
          ({ part, recorded, forked }) =>
            html`<tr key=${part.id}>
              <th scope="row">${partName(part)}</th>
              <td><code>${part.state ?? "not there"}</code></td>
              <td><${Way} states=${recorded} /></td>
              <td class="fork-way"><${Way} states=${forked} /></td>
              <td>${awaited(picture, part.id)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
};

const Chosen = ({ fork }: { readonly fork: Fork }): VNode =>
  fork.chosen.length === 0
    ? html`<p class="soft">Nothing is chosen yet: everything is as it was recorded.</p>`
    : html`<ol aria-label="What was chosen">
        ${fork.chosen.map(({ actor, text }, n) => {
          const part = fork.picture.actors.get(actor);
          return html`<li key=${n}>${part ? `${partName(part)}: ` : ""}${text}</li>`;
        })}
      </ol>`;

export const ForkSheet = ({ forking, changed }: ForkSheetOptions): VNode | null => {
  const { fork } = forking;
  const head = useRef<HTMLParagraphElement>(null);
  const many = fork?.chosen.length;
  // The button that was pressed is gone: who chooses by keyboard goes on from what is open now.
  useEffect(() => {
    if (many !== undefined) head.current?.focus();
  }, [fork, many]);
  if (!fork) return null;
  const after = (does: () => void) => (): void => {
    does();
    changed();
  };
  const aside = html`<span class="end">
    <button class="plain" aria-disabled=${many === 0} onClick=${after(() => (many ? forking.back() : undefined))}>
      Take back
    </button>
    <button class="plain" onClick=${after(() => forking.drop())}>Drop the fork</button>
  </span>`;
  return html`<div class="fork">
    <${Sheet} title="A fork: what would have happened" aside=${aside}>
      <p tabindex="-1" ref=${head}>
        ${podName(fork.picture, fork.pod)} goes on from record ${fork.place} in another way, by its real machines; you
        say how driver calls end. The recording is as it was, and the pages below show the fork.
      </p>
      <${Chosen} fork=${fork} />
      <${ForkQuestions}
        fork=${fork}
        picture=${forking.player.scene.picture}
        choose=${(choice: Parameters<Fork["choose"]>[0]) => {
          forking.choose(choice);
          changed();
        }}
      />
      <${Ways} forking=${forking} fork=${fork} />
    <//>
  </div>`;
};
