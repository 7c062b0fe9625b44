/** The calls about images. */
import type { AnyActorRef } from "xstate";
import type { ImagePullContext } from "../../machines/image-pull.ts";
import type { ImageId, PullFrom } from "../../vocabulary/index.ts";
import { Unavailable } from "../../errors.ts";
import { imagePullActorId } from "../../vocabulary/actor-ids.ts";
import type { Caller, Runtime } from "../runtime.ts";
import type { Services } from "../services.ts";
import type { System } from "../system.ts";

type ImageCalls = Pick<Runtime, "pullImage" | "images" | "image" | "removeImage" | "imageFs">;

const isSame = (a: PullFrom, b: PullFrom): boolean => JSON.stringify(a) === JSON.stringify(b);

export const imageCalls = (system: System, services: Services): ImageCalls => {
  /** Pulls under way, so that equal ones join. */
  const pulls = new Map<string, { readonly id: string; readonly from: PullFrom; readonly ref: AnyActorRef }[]>();

  const pullOf = (reference: string, from: PullFrom): { id: string; ref: AnyActorRef } => {
    const live = (pulls.get(reference) ?? []).filter(({ ref }) => ref.getSnapshot().status === "active");
    const joined = live.find((one) => {
      const { work, cancelled } = one.ref.getSnapshot().context as ImagePullContext;
      return isSame(one.from, from) && work !== null && !cancelled;
    });
    if (joined) return joined;
    system.checkOwner("images", `PullImage of ${reference}`);
    const id = services.newId(32);
    services.images.announce(id, reference, from);
    const actor = imagePullActorId(id);
    const input = { id, at: system.door.now() };
    system.tell("images", { type: "spawn", child: { kind: "image-pull", id: actor, input } });
    const ref = system.find(actor);
    if (!ref) throw new Unavailable(`PullImage of ${reference}: the pull's supervisor has crashed; ask again`);
    const pull = { id, from, ref };
    pulls.set(reference, [...live, pull]);
    return pull;
  };

  const leave = (reference: string, actor: string): void => {
    if (system.callers.count(actor) === 0) system.tell(actor, { type: "cancel" });
    const live = (pulls.get(reference) ?? []).filter(({ ref }) => ref.getSnapshot().status === "active");
    if (live.length > 0) pulls.set(reference, live);
    else pulls.delete(reference);
  };

  return {
    pullImage(asked: string, from, caller: Caller) {
      const reference = services.images.normalise(asked);
      const { id, ref } = pullOf(reference, from);
      const actor = imagePullActorId(id);
      return (
        system.callers
          // The kubelet tells a pull's failures apart by how their text begins.
          .attach(actor, 1, `PullImage of ${reference}`, caller, (failure) => failure)
          .then(() => (ref.getSnapshot().context as ImagePullContext).imageId as ImageId)
          .finally(() => leave(reference, actor))
      );
    },
    images: () => services.images.list(),
    image: (reference) => services.images.find(reference),
    removeImage: (reference) => services.images.remove(reference),
    imageFs: () => services.images.usage(),
  };
};
