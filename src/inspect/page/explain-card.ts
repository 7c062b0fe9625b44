/** Why something is where it is: what it waits for, since when, until when, and what went wrong last. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Explanation } from "../../machines/explanation.ts";
import { chartNameOf } from "../tally.ts";
import { helpAt } from "../help/texts.ts";
import { moodOf, type Explaining, type Mood } from "../health.ts";
import type { PicturedActor } from "../picture.ts";
import { actorName, lasting, plural, until } from "../words.ts";
import { Ending } from "./ending.ts";
import { html } from "./html.ts";
import { Mark } from "./mark.ts";
import { machineLink, podLink } from "./route.ts";
import type { Scene } from "./scene.ts";

const moods: Readonly<Record<Mood, string>> = {
  rest: "at rest",
  work: "at work",
  trouble: "in trouble",
  broken: "broken",
};

const Fact = ({ name, children }: { readonly name: string; readonly children?: unknown }): VNode =>
  html`<dt>${name}</dt>
    <dd>${children}</dd>`;

/** Clients that wait for it. */
const Askers = ({ scene, actor }: { readonly scene: Scene; readonly actor: PicturedActor }): VNode | null => {
  const { picture, now } = scene;
  const asking = [...picture.rpcs.values()].filter((rpc) => rpc.actor === actor.id);
  if (asking.length === 0) return null;
  return html`<${Fact} name="asked by">
    ${asking.slice(0, 3).map(({ n, method, agent, since, wall, deadline }) => {
      const due = deadline === undefined ? "" : `, its deadline ${until(since + deadline - wall, now)}`;
      return html`<div key=${n}>
        ${method}${agent === undefined ? "" : ` of ${agent}`}, ${lasting(now - since)} ago${due}
      </div>`;
    })}
    ${asking.length > 3 ? html`<div>and ${asking.length - 3} more</div>` : null}
  <//>`;
};

const Retry = ({ scene, actor }: { readonly scene: Scene; readonly actor: PicturedActor }): VNode => {
  const [said, say] = useState("");
  const { retry } = scene;
  const ask = (): void => {
    if (typeof retry === "string") return;
    say("asking …");
    retry(actor.id).then(say, (error: unknown) => say(`it could not be asked: ${String(error)}`));
  };
  const why = typeof retry === "string" ? retry : said;
  return html`<div>
    <button
      class="plain"
      aria-disabled=${typeof retry === "string"}
      onClick=${ask}
      aria-describedby=${`why-${actor.id}`}
    >
      Try again
    </button>
    <span class="soft" id=${`why-${actor.id}`} role="status"> ${why}</span>
  </div>`;
};

const Waits = ({ scene, it }: { readonly scene: Scene; readonly it: Explanation }): VNode[] => {
  const { now } = scene;
  const { waitsFor, call, since, undoing, trouble, tries } = it;
  const made = call && call.driver !== "clock" ? `${call.driver}.${call.verb}` : undefined;
  return [
    ...(waitsFor === undefined
      ? []
      : [
          html`<${Fact} name="waits for">
            ${waitsFor === "until" ? "the moment of its next try" : html`<code>${waitsFor}</code>`}${made === undefined ? "" : html`, the driver call <code>${made}</code>`}
            ${call && !call.begun ? ", behind an earlier call" : ""}${call?.doing ? `, at ${call.doing.text}` : ""}
            ${since === undefined ? "" : html` <span class="soft">for ${lasting(now - since)}</span>`}
          <//>`,
          html`<${Fact} name="ends with"><${Ending} it=${it} now=${now} /><//>`,
        ]),
    ...(undoing ? [html`<${Fact} name="undoing after"><span class="said">${undoing.text}</span><//>`] : []),
    ...(trouble
      ? [
          html`<${Fact} name="last trouble">
            <span class="soft">${lasting(now - trouble.at)} ago${tries ? `, tried ${plural(tries, "time")}` : ""}</span>
            <span class="said">${trouble.text}</span>
          <//>`,
        ]
      : []),
  ];
};

/** Markdown's code; the texts have nothing else of it. */
const marked = (text: string): readonly (string | VNode)[] =>
  text.split("`").map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : part));

const HelpFacts = ({ anchor }: { readonly anchor: string }): VNode => {
  const help = helpAt(anchor);
  return html`${help === undefined ? null : html`<${Fact} name="that is">${marked(help.what)}<//>`}
    ${help === undefined || help.lasting === "" ? null : html`<${Fact} name="if it lasts">${marked(help.lasting)}<//>`}
    <${Fact} name="read on"><code>docs/stuck.md#${anchor}</code><//>`;
};

export interface ExplainCardOptions {
  readonly scene: Scene;
  readonly explaining: Explaining;
  readonly actor: PicturedActor;
  /** Said instead of its whole name, where the page is about its pod. */
  readonly title?: string;
}

export const ExplainCard = ({ scene, explaining, actor, title }: ExplainCardOptions): VNode => {
  const { picture, now } = scene;
  const it = explaining.of(actor.id);
  const mood = moodOf(actor);
  const pod = picture.podOf(actor.id);
  const name = title ?? actorName(picture, actor);
  const chart = chartNameOf(actor.id);
  const other = it?.other && picture.actors.get(it.other.actor);
  const broken = actor.quarantined ?? actor.crashed;
  return html`<article class=${`card ${mood}`} aria-label=${name}>
    <h2>${pod === undefined || title !== undefined ? name : html`<a href=${podLink(pod)}>${name}</a>`}</h2>
    <p class="lead">
      <${Mark} mood=${mood} /><span class="hidden">${moods[mood]}: </span> ${
        actor.quarantined !== undefined
          ? "quarantined: it crashed too often"
          : actor.state === null
            ? "being started again after a crash"
            : chart === undefined
              ? html`<code>${actor.state}</code>`
              : html`<a href=${machineLink(chart)}><code>${actor.state}</code></a>`
      }
      ${" "}<span class="soft">for ${lasting(now - actor.since)}</span>
    </p>
    <dl class="facts">
      ${
        it?.work
          ? html`<${Fact} name="is to"
              >${it.work.verb} <span class="soft">for ${lasting(now - it.work.since)}</span><//
            >`
          : null
      }
      ${it && actor.state !== null ? Waits({ scene, it }) : null}
      ${broken === undefined ? null : html`<${Fact} name="crashed with"><span class="said">${broken}</span><//>`}
      ${
        other && it?.other
          ? html`<${Fact} name="first must act">
              ${actorName(picture, other)}, which is <code>${it.other.state ?? "starting"}</code>
              ${it.other.waitsFor === undefined ? "" : html` and waits for <code>${it.other.waitsFor}</code>`}
            <//>`
          : null
      }
      <${Askers} scene=${scene} actor=${actor} />
      ${it?.help === undefined || mood === "rest" ? null : html`<${HelpFacts} anchor=${it.help} />`}
    </dl>
    ${actor.quarantined === undefined ? null : html`<${Retry} scene=${scene} actor=${actor} />`}
  </article>`;
};
