/**
 * Records that make a picture: what a reader needs who comes in the middle, so that it need not read all that was before.
 * Applied to an empty picture they make the same one, but for what each actor took last. All have the number of the last
 * record before: they are what was true after it.
 */
import type { Picture, PicturedActor, PicturedCall, PicturedRpc } from "./picture.ts";
import type { FlightRecord, Gone, What } from "./record.ts";
import type { Refusal } from "./refusals.ts";

type Moment = Pick<FlightRecord, "seq" | "mono" | "wall" | "cause">;

const wentOf = ({ id, state, crashed, quarantined }: PicturedActor): readonly Gone[] => {
  const gone = (how: Gone["how"], text: string): Gone => ({ kind: "gone", actor: id, how, text });
  const crash = crashed !== undefined && state === null ? [gone("crashed", crashed)] : [];
  const given = quarantined === undefined ? [] : [gone("quarantined", quarantined)];
  const went = [...crash, ...given];
  return state === null && went.length === 0 ? [{ kind: "gone", actor: id, how: "stopped" }] : went;
};

const ofActor = (actor: PicturedActor): readonly What[] => {
  const { id, parent, name, incarnation, state, since, context } = actor;
  const place = { state: state ?? "", since, context };
  const whose = { ...(parent !== undefined && { parent }), ...(name && { name }) };
  return [{ kind: "key", actor: id, ...whose, born: false, incarnation, ...place }, ...wentOf(actor)];
};

const ofCall = ({ doing, ...call }: PicturedCall): readonly What[] => [
  call,
  ...(doing ? [{ kind: "doing", n: call.n, text: doing.text, since: doing.at } as const] : []),
];

const ofRpc = ({ actor, work, ...rpc }: PicturedRpc): readonly What[] => [
  rpc,
  ...(actor === undefined ? [] : [{ kind: "waits", n: rpc.n, actor, work: work ?? 0 } as const]),
];

/** Under numbers that no call has. */
const ofRefusal = ({ mono, ...refusal }: Refusal, at: number, moment: Moment): readonly FlightRecord[] => {
  const { method, about, code, text } = refusal;
  const n = -1 - at;
  return [
    { kind: "rpc", n, method, about, ...moment, mono },
    { kind: "answer", n, code, ms: 0, ...(text !== undefined && { text }), ...moment, mono },
  ];
};

export const beginningOf = (picture: Picture): readonly FlightRecord[] => {
  const { seq, mono, wall, daemon } = picture;
  const moment: Moment = { seq, mono, wall, cause: 0 };
  const whats: readonly What[] = [
    ...(daemon ? [{ ...daemon, begun: false }] : []),
    ...[...picture.actors.values()].flatMap(ofActor),
    ...[...picture.calls.values()].flatMap(ofCall),
    ...[...picture.rpcs.values()].flatMap(ofRpc),
  ];
  return whats.map((what) => ({ ...what, ...moment }));
};

/** The same, with what clients were refused and what the daemon said and suffered: for whoever shows it. */
export const toldBeginningOf = (picture: Picture): readonly FlightRecord[] => {
  const { seq, mono, wall, refusals, said, stalled } = picture;
  const refused = refusals.list().flatMap((refusal, at) => ofRefusal(refusal, at, { seq, mono, wall, cause: 0 }));
  const told = [...said, ...(stalled ? [stalled] : [])].map((one) => ({ cause: 0, ...one }));
  // Those first: they are of moments before, and the picture's own moment is its last record's.
  return [...refused, ...told, ...beginningOf(picture)];
};
