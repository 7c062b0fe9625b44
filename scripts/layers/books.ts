/** What a stack shows so far, while it is drawn: roughly, for links are not followed. Most entries should meet what is there. */
/** A door is a symbolic link that leads to a directory, or nowhere; an oddity is nothing that another entry may name. */
export type Kind = "directory" | "file" | "link" | "door" | "oddity";
export const kindsShown: readonly Kind[] = ["directory", "file", "link", "door", "oddity"];

export class Books {
  readonly #shown = new Map<string, Kind>([["", "directory"]]);
  #own = new Set<string>();

  nextLayer(): void {
    this.#own = new Set();
  }

  /** What comes through a door of its own layer stands elsewhere, and is not noted; nothing may come through a lower one's. */
  put(path: string, kind: Kind): void {
    if ([...this.#own].some((own) => path.startsWith(`${own}/`) && this.#shown.get(own) === "door")) return;
    if (kind !== "directory" || this.#shown.get(path) !== "directory") this.#forget(path);
    this.#note(path, kind);
    // Whatever was no directory above it is one now.
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const above = path.slice(0, at);
      if (this.#shown.get(above) !== "directory") this.#note(above, "directory");
    }
  }

  /** A whiteout, which hides nothing of its own layer. */
  hide(path: string): void {
    for (const shown of this.#below(path)) if (!this.#own.has(shown)) this.#shown.delete(shown);
  }

  has(path: string): boolean {
    return this.#shown.has(path);
  }

  /** Paths of that kind; `own`: of the layer that is being drawn. */
  all(kind: Kind, { own }: { readonly own: boolean }): readonly string[] {
    return [...this.#shown.keys()].filter((path) => this.#shown.get(path) === kind && (!own || this.#own.has(path)));
  }

  #note(path: string, kind: Kind): void {
    this.#shown.set(path, kind);
    this.#own.add(path);
  }

  #forget(path: string): void {
    for (const shown of this.#below(path)) {
      this.#shown.delete(shown);
      this.#own.delete(shown);
    }
  }

  #below(path: string): readonly string[] {
    return [...this.#shown.keys()].filter((shown) => shown === path || shown.startsWith(`${path}/`));
  }
}
