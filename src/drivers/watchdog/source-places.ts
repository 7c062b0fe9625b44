/** Where a place in a bundle lies in the sources, by the source map that stands beside it. */
import { readFile } from "node:fs/promises";

/** Lines and columns count from 0. */
export interface Place {
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Numbers of a segment: base 64, five bits a digit, the lowest bit of each number its sign. */
const numbersOf = (segment: string): readonly number[] => {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
};

/** The segment that begins last before `place`. Numbers count on from segment to segment, columns anew in each line. */
const mapped = ({ sources, mappings }: SourceMap, { url, line, column }: Place): Place | undefined => {
  let [source, sourceLine, sourceColumn] = [0, 0, 0];
  let found: Place | undefined;
  for (const [index, text] of mappings.split(";", line + 1).entries()) {
    let start = 0;
    for (const segment of text === "" ? [] : text.split(",")) {
      const [columns = 0, files = 0, lines = 0, sourceColumns = 0] = numbersOf(segment);
      start += columns;
      if (index === line && start > column) return found;
      [source, sourceLine, sourceColumn] = [source + files, sourceLine + lines, sourceColumn + sourceColumns];
      if (index === line)
        found = { url: new URL(sources[source] ?? "", url).href, line: sourceLine, column: sourceColumn };
    }
  }
  return found;
};

const mapOf = async (url: string): Promise<SourceMap | undefined> => {
  try {
    return JSON.parse(await readFile(new URL(`${url}.map`), "utf8")) as SourceMap;
  } catch {
    return undefined; // sources have none, and a bundle does without
  }
};

/** In their order; one without a map stays as it is. */
export const sourcePlaces = async (places: readonly Place[]): Promise<readonly Place[]> => {
  const maps = new Map<string, SourceMap | undefined>();
  const bundles = new Set(places.map(({ url }) => url).filter((url) => url.startsWith("file:") && url.endsWith(".js")));
  for (const url of bundles) maps.set(url, await mapOf(url));
  return places.map((place) => {
    const map = maps.get(place.url);
    return (map && mapped(map, place)) ?? place;
  });
};
