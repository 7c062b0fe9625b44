/** The daemon and its recording: what it is, whether it lives, what it lost, when its loop stood still, and its own words. */
import type { VNode } from "preact";
import { clockTime, lasting, plural } from "../words.ts";
import { html } from "./html.ts";
import { wallAt, type Scene } from "./scene.ts";
import { Sheet } from "./sheet.ts";

interface Options {
  readonly scene: Scene;
}

export const DaemonSheet = ({ scene }: Options): VNode => {
  const { picture, now } = scene;
  const { daemon, seq, gaps, lost, mono } = picture;
  if (!daemon) return html`<${Sheet} title="Daemon" empty="The recording does not say yet which daemon made it." />`;
  const facts: readonly (readonly [string, unknown])[] = [
    ["version", daemon.version],
    ["process", daemon.pid],
    ["last record", html`number ${seq}, ${lasting(now - mono)} ago`],
    ["records missing", gaps + lost === 0 ? "none" : `${plural(gaps, "gap")}, ${lost} not written`],
    ["actors", picture.actors.size],
  ];
  return html`<${Sheet} title="Daemon">
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
  <//>`;
};

export const StallsSheet = ({ scene }: Options): VNode | null => {
  const { stall } = scene;
  const stalled = stall ?? scene.picture.stalled;
  if (!stalled) return null;
  return html`<${Sheet} title=${stall ? "The daemon stands still" : "The daemon stood still"}>
    <dl class="facts">
      <dt>for</dt>
      <dd>${lasting(stalled.ms)}${stall ? " at least" : `, ${lasting(scene.now - stalled.mono)} ago`}</dd>
      ${
        stalled.syscall === undefined
          ? null
          : html`<dt>in the kernel for</dt>
              <dd><code>${stalled.syscall}</code></dd>`
      }
      <dt>in</dt>
      <dd><span class="said">${stalled.stack.join("\n")}</span></dd>
    </dl>
  <//>`;
};

const SHOWN = 12;

export const WordsSheet = ({ scene }: Options): VNode => {
  const words = scene.picture.said.toReversed().slice(0, SHOWN);
  return html`<${Sheet}
    title="The daemon's words"
    empty=${words.length === 0 ? "It has said nothing since the recording begins." : undefined}
  >
    <ul class="words">
      ${words.map(
        ({ seq, mono, level, text }) =>
          html`<li key=${seq}>
            <span class="soft">${clockTime(wallAt(scene, mono)).slice(0, 8)} ${level}</span> ${text}
          </li>`,
      )}
    </ul>
  <//>`;
};
