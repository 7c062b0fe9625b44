/** `troupe top` in a terminal: drawn anew with each write of the daemon, and once a second, for ages grow without it. */
import { monoMs } from "../drivers/linux/clock.ts";
import { toFailure } from "../errors.ts";
import { groupsOf, type Card } from "../inspect/cards.ts";
import { picturedScene } from "../inspect/pictured-scene.ts";
import { sceneOf, type Scene } from "../inspect/scene.ts";
import { wholePodOf } from "../inspect/subjects.ts";
import { historyIn } from "./history.ts";
import { Pulse } from "./pulse.ts";
import { RingTail } from "./ring-tail.ts";
import { flightIn } from "../composition/places.ts";
import { UNREACHABLE } from "./scene-now.ts";
import { groupLines } from "./terminal/explained-text.ts";
import { historyLines } from "./terminal/history-text.ts";
import { screenOf, type Screen } from "./terminal/screen.ts";
import { listed } from "./terminal/top-list.ts";
import { atFirst, keysIn, pressed, type TopView } from "./terminal/top-keys.ts";
import { frame } from "./terminal/top-frame.ts";
import { span } from "./terminal/words.ts";

export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

const TICK_MS = 1_000;
/** A busy node writes hundreds of times a second. */
const LEAST_MS = 100;

/** Of a terminal that does not know its size, such as a serial line's. */
const ROWS = 24;

const BEGIN = "\x1b[?1049h\x1b[?25l";
const END = "\x1b[?25h\x1b[?1049l";
const END_OF_INPUT = "\x04";
const HOME = "\x1b[H";
const [REST_OF_LINE, REST_OF_SCREEN] = ["\x1b[K", "\x1b[J"];

class LiveTop {
  readonly #runDir: string;
  readonly #stuckMs: number;
  readonly #output: Terminal["output"];
  readonly #tail: RingTail;
  readonly #pulse: Pulse;
  readonly #over: (status: number) => void;
  #view: TopView = atFirst;
  #cards: readonly Card[] = [];
  /** Of the page that is open; a history is read once. */
  #history: readonly string[] = [];
  #drawing: NodeJS.Timeout | undefined;

  constructor(runDir: string, stuckMs: number, output: Terminal["output"], over: (status: number) => void) {
    this.#runDir = runDir;
    this.#stuckMs = stuckMs;
    this.#output = output;
    this.#over = over;
    this.#pulse = new Pulse(runDir, () => this.#changed());
    this.#tail = new RingTail(flightIn(runDir), () => {
      this.#pulse.beat(monoMs()); // whoever writes is there
      this.#changed();
    });
  }

  /** Begins; the answer ends it. */
  begin(): () => void {
    const tick = setInterval(() => this.#tick(), TICK_MS);
    this.#output.write(BEGIN);
    this.#tick();
    return () => {
      clearInterval(tick);
      clearTimeout(this.#drawing);
      this.#tail.close();
      this.#pulse.close();
      this.#output.write(END);
    };
  }

  #tick(): void {
    this.#pulse.beat(monoMs());
    this.draw();
  }

  #changed(): void {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.draw();
    }, LEAST_MS);
  }

  press(text: string): void {
    for (const key of keysIn(text)) {
      const before = this.#view.page;
      this.#view = pressed(
        this.#view,
        key,
        this.#cards.map(({ actor }) => actor.id),
      );
      if (this.#view.page === "history" && before !== "history") this.#history = this.#historyOf();
    }
    if (!this.#view.over) return this.draw();
    const isStuck = this.#cards.some(({ stuck }) => stuck);
    const answers = this.#pulse.isThere && this.#pulse.silentSince(monoMs()) === undefined;
    this.#over(answers ? Number(isStuck) : UNREACHABLE);
  }

  #historyOf(): readonly string[] {
    try {
      return historyLines(historyIn(this.#runDir, this.#view.selected ?? ""), this.#screen());
    } catch (error) {
      return [toFailure(error).text];
    }
  }

  #screen(): Screen {
    return screenOf(this.#output, process.env);
  }

  #page(scene: Scene): readonly string[] | undefined {
    const { page, selected } = this.#view;
    if (page === "history") return this.#history;
    if (page === undefined) return undefined;
    const actors = wholePodOf(scene.actors, selected ?? "");
    if (actors.length === 0) return [`${selected} has ended`];
    const groups = groupsOf(sceneOf(scene, actors), { stuckMs: this.#stuckMs });
    return groups.flatMap((group) => groupLines(group, scene.mono, this.#screen()));
  }

  #said(scene: Scene): string {
    const { daemon } = scene;
    const { picture, damaged } = this.#tail;
    const who = daemon ? `troupe ${daemon.version}, process ${daemon.pid}` : "nothing is recorded";
    const lines = damaged > 0 ? `; ${damaged} damaged lines are left out` : "";
    const silent = this.#pulse.silentSince(scene.mono);
    if (this.#pulse.isThere && silent === undefined) return `${who}${lines}`;
    const why =
      silent === undefined
        ? "no daemon answers"
        : `the daemon is there and has not answered for ${span(scene.mono - silent)}`;
    return `${why}: this is what ${who} recorded, the last of it ${span(scene.mono - picture.mono)} ago${lines}`;
  }

  draw(): void {
    const { picture } = this.#tail;
    const scene = picturedScene(picture, Math.max(monoMs(), picture.mono));
    this.#cards = listed(scene, this.#stuckMs, this.#view.filter);
    const screen = this.#screen();
    const page = this.#page(scene);
    const lines = frame(
      { said: this.#said(scene), cards: this.#cards, mono: scene.mono, view: this.#view, ...(page && { page }) },
      screen,
      this.#output.rows || ROWS,
    );
    this.#output.write(`${HOME}${lines.map((line) => `${line}${REST_OF_LINE}`).join("\r\n")}${REST_OF_SCREEN}`);
  }
}

/** Until `q`, or until the terminal has gone: the exit status. */
export const liveTop = (runDir: string, stuckMs: number, { input, output }: Terminal): Promise<number> =>
  new Promise((resolve) => {
    const leave = (): void => top.press(END_OF_INPUT);
    const top = new LiveTop(runDir, stuckMs, output, (status) => {
      process.removeListener("SIGTERM", leave).removeListener("SIGHUP", leave);
      end();
      input.setRawMode(false).pause();
      resolve(status);
    });
    const end = top.begin();
    process.once("SIGTERM", leave).once("SIGHUP", leave);
    input.setRawMode(true).setEncoding("utf8");
    input.on("data", (text: string) => top.press(text));
    input.on("end", leave);
    output.on("resize", () => top.draw());
  });
