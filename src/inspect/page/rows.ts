/**
 * A table of any length: rows that are not seen are not made. The keys go from row to row, and Tab leaves: one row at a time is
 * in the order of Tab. Enter does what a click on the row does.
 */
import type { ComponentChildren, VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "./html.ts";

export interface Column<Row> {
  readonly head: string;
  readonly number?: true;
  /** Sentences, which may take more than a line where the table is not long. */
  readonly told?: true;
  readonly cell: (row: Row) => ComponentChildren;
}

export interface RowsOptions<Row> {
  /** What the table is, for who does not see it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  /** It stands beside others, so it scrolls by itself before it is long. */
  readonly short?: true;
  readonly open?: (row: Row) => void;
  readonly selected?: (row: Row) => boolean;
  /** For a tree: how deep, and whether what is below is shown; undefined where nothing is. */
  readonly level?: (row: Row) => number;
  readonly unfolded?: (row: Row) => boolean | undefined;
  readonly unfold?: (row: Row, unfolded: boolean) => void;
}

/** As many are made at once without a window. */
const FEW = 60;
const MARGIN = 4;
/** Until the first is measured. */
const ROW_PX = 28;
const PAGE = 10;

const moves: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at, last) => Math.min(last, at + 1),
  ArrowUp: (at) => Math.max(0, at - 1),
  PageDown: (at, last) => Math.min(last, at + PAGE),
  PageUp: (at) => Math.max(0, at - PAGE),
  Home: () => 0,
  End: (_, last) => last,
};

export const Rows = <Row>(options: RowsOptions<Row>): VNode => {
  const { label, columns, rows, keyOf, short, open, selected, level, unfolded, unfold } = options;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [current, setCurrent] = useState<string | number>();
  const focusing = useRef(false);
  const height = useRef(ROW_PX);
  const windowed = rows.length > FEW;
  const visible = Math.ceil((box.current?.clientHeight ?? 480) / height.current);
  const first = windowed ? Math.max(0, Math.floor(top / height.current) - MARGIN) : 0;
  const last = windowed ? Math.min(rows.length, first + visible + 2 * MARGIN) : rows.length;
  const found = rows.findIndex((row) => keyOf(row) === current);
  const here = Math.max(0, found);
  // Scrolled out of what is made, the current row lends its place to the first that is: Tab still finds one.
  const entry = here >= first && here < last ? here : first;

  useLayoutEffect(() => {
    const row = box.current?.querySelector<HTMLElement>("tbody tr[tabindex]");
    if (row && row.offsetHeight > 0) height.current = row.offsetHeight;
    if (!focusing.current) return;
    focusing.current = false;
    box.current?.querySelector<HTMLElement>('tr[tabindex="0"]')?.focus();
  });

  const go = (at: number): void => {
    const row = rows[at];
    const place = box.current;
    if (!row || !place) return;
    focusing.current = true;
    setCurrent(keyOf(row));
    if (!windowed) return; // focus scrolls to what is there
    const y = at * height.current;
    const seen = place.clientHeight - 2 * height.current;
    if (y < place.scrollTop) place.scrollTop = y;
    else if (y > place.scrollTop + seen) place.scrollTop = y - seen;
    setTop(place.scrollTop);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = Number((event.target as HTMLElement).closest("tr[tabindex]")?.getAttribute("data-at") ?? -1);
    const row = rows[at];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moves[event.key];
    if (move) go(move(at, rows.length - 1));
    else if (event.key === "Enter" && open && (event.target as HTMLElement).tagName !== "BUTTON") open(row);
    else if (event.key === "ArrowRight" && unfolded?.(row) === false) unfold?.(row, true);
    else if (event.key === "ArrowLeft" && unfolded?.(row) === true) unfold?.(row, false);
    else return;
    event.preventDefault();
  };
  const space = (many: number): VNode | null =>
    many > 0
      ? html`<tr class="space" aria-hidden="true">
          <td colspan=${columns.length} style=${{ height: `${many * height.current}px` }}></td>
        </tr>`
      : null;

  return html`<div
    class=${`table ${short ? "short" : windowed ? "tall" : ""}`}
    ref=${box}
    onScroll=${() => setTop(box.current?.scrollTop ?? 0)}
  >
    <table
      role=${level ? "treegrid" : "grid"}
      aria-label=${label}
      aria-rowcount=${rows.length + 1}
      onKeyDown=${onKeyDown}
    >
      <thead>
        <tr aria-rowindex="1">
          ${columns.map(({ head, number }) => html`<th scope="col" class=${number ? "number" : ""}>${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${space(first)}
        ${rows.slice(first, last).map((row, n) => {
          const at = first + n;
          const key = keyOf(row);
          return html`<tr
            key=${key}
            data-at=${at}
            aria-rowindex=${at + 2}
            aria-level=${level?.(row)}
            aria-expanded=${unfolded?.(row)}
            aria-selected=${selected ? selected(row) : undefined}
            tabindex=${at === entry ? 0 : -1}
            onFocus=${() => setCurrent(key)}
            onClick=${(event: MouseEvent) =>
              (event.target as HTMLElement).closest("a, button") ? undefined : open?.(row)}
          >
            ${columns.map(
              ({ cell, number, told }) => html`<td class=${number ? "number" : told ? "told" : ""}>${cell(row)}</td>`,
            )}
          </tr>`;
        })}
        ${space(rows.length - last)}
      </tbody>
    </table>
  </div>`;
};
