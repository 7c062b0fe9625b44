/** What keys do in `troupe top`: a pure step from what is shown to what is shown next. */

export interface TopView {
  readonly filter: string;
  /** Letters go to the filter. */
  readonly typing: boolean;
  /** The id of an actor: a list that is in motion keeps its selection. */
  readonly selected?: string;
  /** In place of the list: of the selected one. */
  readonly page?: "explain" | "history";
  /** Lines that the page is scrolled by. */
  readonly scrolled: number;
  readonly over: boolean;
}

export const atFirst: TopView = { filter: "", typing: false, scrolled: 0, over: false };

const ENTER = new Set(["\r", "\n"]);
const ERASE = new Set(["\x7f", "\b"]);
const [ESCAPE, CTRL_C, CTRL_D] = ["\x1b", "\x03", "\x04"];
const STEPS: Readonly<Record<string, number>> = {
  "\x1b[A": -1,
  k: -1,
  "\x1b[B": 1,
  j: 1,
  "\x1b[5~": -10,
  "\x1b[6~": 10,
};

const typed = (view: TopView, key: string): TopView => {
  if (ENTER.has(key)) return { ...view, typing: false };
  if (key === ESCAPE) return { ...view, typing: false, filter: "" };
  if (ERASE.has(key)) return { ...view, filter: view.filter.slice(0, -1) };
  return /^\P{Cc}+$/u.test(key) ? { ...view, filter: view.filter + key } : view;
};

const stepped = (view: TopView, by: number, ids: readonly string[]): TopView => {
  if (view.page) return { ...view, scrolled: Math.max(0, view.scrolled + by) };
  const at = ids.indexOf(view.selected ?? "");
  const next = ids[Math.min(ids.length - 1, Math.max(0, at + by))];
  return next === undefined ? view : { ...view, selected: next };
};

const opened = (view: TopView, page: "explain" | "history", ids: readonly string[]): TopView => {
  const selected = ids.includes(view.selected ?? "") || view.page ? view.selected : ids[0];
  return selected === undefined ? view : { ...view, selected, page, scrolled: 0 };
};

const closed = ({ filter, selected }: TopView): TopView => ({
  ...atFirst,
  filter,
  ...(selected !== undefined && { selected }),
});

/** `ids`: of the actors in the list, in its order. */
export const pressed = (view: TopView, key: string, ids: readonly string[]): TopView => {
  if (key === CTRL_C || key === CTRL_D) return { ...view, over: true };
  if (view.typing) return typed(view, key);
  const by = STEPS[key];
  if (by !== undefined) return stepped(view, by, ids);
  if (ENTER.has(key)) return opened(view, "explain", ids);
  if (key === "h") return opened(view, "history", ids);
  if (key === "/" && !view.page) return { ...view, typing: true };
  if (key === ESCAPE) return view.page ? closed(view) : { ...view, filter: "" };
  if (key === "q") return view.page ? closed(view) : { ...view, over: true };
  return view;
};

/** What came from the terminal at once, as keys: a sequence is one. */
export const keysIn = (text: string): readonly string[] => text.match(KEY) ?? [];

const KEY = new RegExp(`${ESCAPE}\\[[0-9;]*[A-Za-z~]|[^]`, "gu");
