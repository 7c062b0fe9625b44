/** Where critest finds a runtime: a test bed whose registry has critest's images, with Troupe's registries redirected to it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { portmap } from "../../spec/support/bridge-conflist.ts";
import { pushImage } from "../../spec/support/registry.ts";
import { crun, runc, testBed, type TestBed } from "../../spec/support/test-bed.ts";
import { redirection, testImages } from "./images.ts";

export type Runtime = "crun" | "runc";

/** `packages` is where Debian's packages are unpacked. To be closed by `leaveBed`. */
export const conformanceBed = async (runtime: Runtime, packages: string): Promise<TestBed> => {
  const bed = await testBed({
    name: "conformance",
    handlers: { [runtime]: runtime === "runc" ? runc : crun },
    defaultHandler: runtime,
    plugins: [portmap],
  });
  for (const { repository, tag, image } of testImages(packages)) await pushImage(bed.registry, repository, tag, image);
  writeFileSync(join(bed.place, "registries.conf"), redirection(bed.registry));
  bed.rebase(); // the registry's files
  return bed;
};

/** Removes the images, which critest leaves on purpose; then throws for whatever else is still there. */
export const leaveBed = async (bed: TestBed): Promise<void> => {
  const { images } = await bed.kubelet.cri.call("ListImages", {});
  for (const { id, repo_tags } of images)
    if (!repo_tags.includes(bed.image)) await bed.kubelet.cri.call("RemoveImage", { image: { image: id } });
  await bed.leavesNothing();
  await bed.end();
};
