/** Objects by what a client calls them: a full id, or a prefix that only one has. */
import { Invalid, NotFound, quoted } from "../../errors.ts";
import type { ContainerView, SandboxView } from "../../vocabulary/index.ts";
import type { Books } from "../books.ts";

interface Shelf<View> {
  matching(prefix: string): readonly string[];
  view(id: string): View | undefined;
}

const one = <View>(shelf: Shelf<View>, kind: string, id: string): View | undefined => {
  const matches = shelf.matching(id);
  if (matches.length > 1)
    throw new Invalid(`${kind} id ${quoted(id)} is ambiguous: it begins ${matches.length} ids; give more digits`);
  return matches[0] === undefined ? undefined : shelf.view(matches[0]);
};

export const findSandbox = (books: Books, id: string): SandboxView | undefined => one(books.sandboxes, "sandbox", id);
export const findContainer = (books: Books, id: string): ContainerView | undefined =>
  one(books.containers, "container", id);

export const sandboxOf = (books: Books, id: string): SandboxView => {
  const view = findSandbox(books, id);
  if (!view) throw new NotFound("sandbox", id);
  return view;
};

export const containerOf = (books: Books, id: string): ContainerView => {
  const view = findContainer(books, id);
  if (!view) throw new NotFound("container", id);
  return view;
};
