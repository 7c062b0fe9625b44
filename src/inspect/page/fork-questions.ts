/** What is open in a fork, each with what may become of it. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { ErrorCode } from "../../errors.ts";
import { FAILURE, FAILURES } from "../fork/answers.ts";
import type { Choice, Question } from "../fork/choices.ts";
import type { Fork } from "../fork/fork.ts";
import type { Picture } from "../picture.ts";
import { lasting, partName } from "../words.ts";
import { html } from "./html.ts";

export interface ForkQuestionsOptions {
  readonly fork: Fork;
  /** Of the fork, as it is now. */
  readonly picture: Picture;
  readonly choose: (choice: Choice) => void;
}

export const ForkQuestions = ({ fork, picture, choose }: ForkQuestionsOptions): VNode => {
  const [code, setCode] = useState<ErrorCode>(FAILURE.code);
  const [text, setText] = useState(FAILURE.text);
  const { questions } = fork;
  if (questions.length === 0) return html`<p>Nothing is open any more: the fork has come to its end.</p>`;
  const row = ({ actor, about, call, since, options }: Question): VNode => {
    const part = picture.actors.get(actor);
    const who = part ? partName(part) : actor;
    const button = (label: string, choice: Choice): VNode =>
      html`<button class="plain" aria-label=${`${label}: ${about} of ${who}`} onClick=${() => choose(choice)}>
        ${label}
      </button>`;
    return html`<tr key=${`${actor} ${about} ${call}`}>
      <th scope="row">${who}</th>
      <td>${about === "from outside" ? about : html`<code>${about}</code>`}</td>
      <td class="number">${since === undefined ? "" : lasting(picture.mono - since)}</td>
      <td class="choices">
        ${options.map((option) => button(option.text, option.choice))}
        ${call === undefined ? null : button("fails", { kind: "failure", call, failure: { code, text } })}
        ${options.length === 0 && call === undefined ? html`<span class="soft">it waits for no moment</span>` : null}
      </td>
    </tr>`;
  };
  return html`<div class="controls failure">
      <label
        >A call that fails does so with
        <select
          value=${code}
          onChange=${(event: Event) => setCode((event.target as HTMLSelectElement).value as ErrorCode)}
        >
          ${FAILURES.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
        </select>
      </label>
      <label
        >and says
        <input
          type="text"
          value=${text}
          onInput=${(event: InputEvent) => setText((event.target as HTMLInputElement).value)}
        />
      </label>
    </div>
    <div class="table">
      <table aria-label="What is open in the fork">
        <thead>
          <tr>
            <th scope="col">who</th>
            <th scope="col">what is open</th>
            <th scope="col" class="number">for</th>
            <th scope="col">what becomes of it</th>
          </tr>
        </thead>
        <tbody>
          ${questions.map(row)}
        </tbody>
      </table>
    </div>`;
};
