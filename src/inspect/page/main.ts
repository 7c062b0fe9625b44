/** The page: finds what it is to show, and draws it again when that has changed, but not more often than eyes follow. */
import { render } from "preact";
import type { DrawnChart } from "../drawn-chart.ts";
import { App, type AppOptions } from "./app.ts";
import { embeddedCharts, embeddedRecording, isEmbedded } from "./embedded.ts";
import { ForkSheet } from "./fork-sheet.ts";
import { Forking } from "./forking.ts";
import { html } from "./html.ts";
import { Live, type Link } from "./live.ts";
import { PlayerBar } from "./player-bar.ts";
import type { FlightRecord } from "../record.ts";
import { podLink, routeOf } from "./route.ts";

const root = document.querySelector("#page")!;

/** Between two drawings; and as many times as long as the last one took, so that there is always time for whoever types. */
const REST_MS = 40;
const REST_TIMES = 2;
/** Countdowns go on when nothing else happens. */
const TICK_MS = 1_000;

const drawing = (draw: () => void): (() => void) => {
  let due = false;
  let next = 0;
  const again = (): void => {
    if (due) return;
    due = true;
    setTimeout(
      () => {
        due = false;
        const begun = performance.now();
        draw();
        const ended = performance.now();
        next = ended + Math.max(REST_MS, (ended - begun) * REST_TIMES);
      },
      Math.max(0, next - performance.now()),
    );
  };
  addEventListener("hashchange", again);
  setInterval(again, TICK_MS);
  return again;
};

const words: Readonly<Record<Link, string>> = {
  connecting: "connecting",
  live: "live",
  lost: "not connected",
  refused: "not let in",
  ended: "ended",
};

const dead =
  "The daemon is gone. What you see is what it was doing when it stopped; the next one shows up here by itself.";

const showLive = (charts: AppOptions["charts"]): void => {
  const live = new Live(() => again());
  const again = drawing(() => {
    const { ready, alive, link, trouble } = live;
    const notice = trouble !== "" ? trouble : ready && !alive ? dead : undefined;
    const scene = ready ? live.scene : undefined;
    const state = link === "live" && ready && !alive ? "no daemon" : words[link];
    render(
      html`<${App}
        route=${routeOf(location.hash)}
        scene=${scene}
        charts=${charts}
        link=${{ text: state, well: state === "live" || state === "connecting" }}
        notice=${notice}
      />`,
      root,
    );
  });
  again();
  void live.open();
};

const empty =
  "Here are a node's pods, why each is where it is, and all that happened to it. A page that has them is made by: troupe record -o bug.html";
const noPod = "Open a pod first, or go to a record of one: one pod goes on in another way.";

const showRecording = async (): Promise<void> => {
  const charts = embeddedCharts();
  const { records, trouble } = await embeddedRecording();
  const forking = new Forking(records);
  const isEmpty = records.length === 0;
  const open = (record: FlightRecord): void => {
    forking.player.seekRecord(record);
    again();
  };
  const fork = (): string => {
    const pod = forking.podAt(routeOf(location.hash));
    if (pod === undefined) return noPod;
    const why = forking.begin(pod);
    if (why === "") location.hash = podLink(pod);
    again();
    return why;
  };
  const again = drawing(() => {
    const { player } = forking;
    const isFork = forking.fork !== undefined;
    render(
      html`<${App}
        route=${routeOf(location.hash)}
        scene=${isEmpty ? undefined : player.scene}
        charts=${charts}
        empty=${empty}
        link=${{ text: isFork ? "fork of a recording" : "recording", well: trouble === undefined }}
        notice=${trouble}
        above=${
          isEmpty
            ? null
            : html`<${PlayerBar} player=${player} moved=${again} fork=${isFork ? undefined : fork} />
                <${ForkSheet} forking=${forking} changed=${again} />`
        }
        open=${open}
        selected=${player.current?.seq}
      />`,
      root,
    );
  });
  again();
  setTimeout(() => performance.mark("drawn"));
};

const begin = async (): Promise<void> => {
  root.replaceChildren();
  if (isEmbedded()) return showRecording();
  const charts = (await (await fetch("charts.json")).json()) as Readonly<Record<string, DrawnChart>>;
  showLive(charts);
};

void begin();
