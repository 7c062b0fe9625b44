/** Where one is in the page, as the part of its address behind `#`. */
export type Route =
  | { readonly page: "node" }
  | { readonly page: "pod"; readonly id: string }
  | { readonly page: "machine"; readonly name: string }
  | { readonly page: "tree" };

export const routeOf = (hash: string): Route => {
  const [, page = "", ...rest] = hash.split("/");
  let id = "";
  try {
    id = decodeURIComponent(rest.join("/"));
  } catch {
    // Not one of our links.
  }
  if (page === "pod" && id !== "") return { page, id };
  if (page === "machine") return { page, name: id === "" ? "container" : id };
  return page === "tree" ? { page } : { page: "node" };
};

export const podLink = (sandboxId: string): string => `#/pod/${encodeURIComponent(sandboxId)}`;
export const machineLink = (name: string): string => `#/machine/${encodeURIComponent(name)}`;
