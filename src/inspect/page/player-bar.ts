/** What a recording is gone through with: a slider, steps, the way to the cause, and a state to run to. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { clockTime, lasting } from "../words.ts";
import { html } from "./html.ts";
import type { Player } from "./player.ts";
import { RecordDetail } from "./record-detail.ts";

export interface PlayerBarOptions {
  readonly player: Player;
  /** The player stands somewhere else. */
  readonly moved: () => void;
  /** Lets the pod that is looked at go on in another way; answers why it cannot. Absent: it does already. */
  readonly fork?: (() => string) | undefined;
}

const RunTo = ({ player, moved }: PlayerBarOptions): VNode => {
  const [state, choose] = useState("");
  const [said, say] = useState("");
  const run = (): void => {
    if (state === "") return say("choose a state first");
    const found = player.runTo(state);
    say(found ? "" : `nothing enters ${state} after this`);
    moved();
  };
  return html`<label>
      Stop at
      <select value=${state} onChange=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
        <option value="">any state …</option>
        ${player.entered.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select>
    </label>
    <button class="plain" onClick=${run}>Run to it</button>
    <span class="soft" role="status">${said}</span>`;
};

const WhatIf = ({ fork }: { readonly fork: () => string }): VNode => {
  const [said, say] = useState("");
  return html`<button class="plain" onClick=${() => say(fork())}>What if …?</button>
    <span class="soft" role="status">${said}</span>`;
};

export const PlayerBar = ({ player, moved, fork }: PlayerBarOptions): VNode => {
  const [shown, show] = useState(true);
  const { at, records, current, cause } = player;
  const first = records[0]?.mono ?? 0;
  const go = (place: number): void => {
    player.seek(place);
    moved();
  };
  const where = current ? `record ${at} of ${records.length}, ${clockTime(current.wall)}` : "before the first record";
  const leave = !cause || cause === current;
  return html`<section class="player" aria-label="Player">
    <div class="controls">
      <button class="plain" onClick=${() => go(0)}>Begin</button>
      <button class="plain" onClick=${() => go(at - 1)} aria-keyshortcuts="ArrowLeft">Back</button>
      <input
        type="range"
        min="0"
        max=${records.length}
        value=${at}
        aria-label="Place in the recording"
        aria-valuetext=${where}
        onInput=${(event: InputEvent) => go(Number((event.target as HTMLInputElement).value))}
      />
      <button class="plain" onClick=${() => go(at + 1)} aria-keyshortcuts="ArrowRight">On</button>
      <button class="plain" onClick=${() => go(records.length)}>End</button>
      <span class="where">${where}${current ? `, +${lasting(current.mono - first)}` : ""}</span>
    </div>
    <div class="controls">
      <button
        class="plain"
        aria-disabled=${leave}
        onClick=${() => {
          if (leave) return;
          player.seekRecord(cause);
          moved();
        }}
      >
        To its cause
      </button>
      <${RunTo} player=${player} moved=${moved} />
      ${fork ? html`<${WhatIf} fork=${fork} />` : null}
      <button class="plain end" aria-expanded=${shown} onClick=${() => show(!shown)}>
        ${shown ? "Hide the record" : "Show the record"}
      </button>
    </div>
    ${
      shown && current && cause
        ? html`<${RecordDetail}
            scene=${player.scene}
            record=${current}
            cause=${cause}
            go=${(record: typeof current) => {
              player.seekRecord(record);
              moved();
            }}
          />`
        : null
    }
  </section>`;
};
