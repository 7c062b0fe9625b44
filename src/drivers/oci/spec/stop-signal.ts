/** The signal that StopContainer sends first: the pod's, else the image's, else SIGTERM. */
import { constants } from "node:os";
import { Invalid } from "../../../errors.ts";

export interface StopSignal {
  readonly signal: number;
  readonly warnings: readonly string[];
}

const SIGTERM = 15;
/** glibc keeps 32 and 33 for itself. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/**
 * `ofPod`: a number. `ofImage`: `SIGQUIT`, `QUIT`, `SIGRTMIN+3`, `RTMAX-1` or `3`; what is none of them is passed over with a
 * warning, for an image cannot be mended here. Throws Invalid for a number of the pod that is no signal.
 */
export const stopSignal = (ofPod: number | undefined, ofImage: string): StopSignal => {
  if (ofPod !== undefined) {
    if (!isSignal(ofPod)) throw new Invalid(`stop signal ${ofPod} is not a signal of Linux (1 to ${SIGRTMAX})`);
    return { signal: ofPod, warnings: [] };
  }
  if (ofImage === "") return { signal: SIGTERM, warnings: [] };
  const signal = parse(ofImage);
  if (signal !== undefined && isSignal(signal)) return { signal, warnings: [] };
  return { signal: SIGTERM, warnings: [`the image's stop signal "${ofImage}" is not known; SIGTERM is used`] };
};

const numbers: Readonly<Record<string, number>> = constants.signals;

const isSignal = (number: number): boolean => Number.isInteger(number) && number >= 1 && number <= SIGRTMAX;

const parse = (text: string): number | undefined => {
  if (/^\d+$/.test(text)) return Number(text);
  const name = text.toUpperCase().replace(/^SIG/, "");
  const [, end, sign, offset = "0"] = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name) ?? [];
  if (end === "MIN" && sign !== "-") return SIGRTMIN + Number(offset);
  if (end === "MAX" && sign !== "+") return SIGRTMAX - Number(offset);
  return numbers[`SIG${name}`];
};
