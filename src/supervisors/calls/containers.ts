/** The calls about containers. */
import { Failed, Invalid, NotAllowed, NotFound } from "../../errors.ts";
import type { ContainerConfig, ContainerId, Image, ImageId, SandboxView } from "../../vocabulary/index.ts";
import { containerName, isLeaving, type Books } from "../books.ts";
import { containerActorId, podActorId, sandboxActorId } from "../../vocabulary/actor-ids.ts";
import type { Caller, Runtime } from "../runtime.ts";
import type { Services } from "../services.ts";
import type { System } from "../system.ts";
import { create } from "./creation.ts";
import { containerOf, findContainer, sandboxOf } from "./found.ts";

type ContainerCalls = Pick<
  Runtime,
  "createContainer" | "startContainer" | "stopContainer" | "removeContainer" | "containers" | "container"
>;

// PATH_MAX without its NUL: each of the two parts may be shorter.
const longestPath = 4095;

const logPathOf = (sandbox: SandboxView, { logPath }: ContainerConfig): string => {
  if (!sandbox.config.logDirectory || !logPath) return "";
  const whole = `${sandbox.config.logDirectory.replace(/\/+$/, "")}/${logPath}`;
  const bytes = Buffer.byteLength(whole);
  if (bytes > longestPath)
    throw new Invalid(`config.log_path below the sandbox's log_directory has ${bytes} bytes, more than ${longestPath}`);
  return whole;
};

/** What is shown to users as the image: the digest of the repository that the pod named, where it is known. */
const imageRefOf = (image: Image, { userSpecifiedImage }: ContainerConfig): string => {
  const repository = userSpecifiedImage.replace(/@.*$/, "").replace(/:[^/]*$/, "");
  return image.repoDigests.find((digest) => digest.startsWith(`${repository}@`)) ?? image.repoDigests[0] ?? image.id;
};

export const containerCalls = (system: System, books: Books, services: Services): ContainerCalls => {
  const said = (call: string, sandboxId: string, { name }: ContainerConfig): string => {
    const metadata = books.sandboxes.entry(sandboxId)?.config.metadata;
    return `${call} of ${name} in ${metadata ? `${metadata.namespace}/${metadata.name}` : `sandbox ${sandboxId}`}`;
  };

  const readySandbox = (id: string): SandboxView => {
    const sandbox = sandboxOf(books, id);
    // The record may lag behind: a stop that cannot be written down goes on all the same.
    const state = system.stateOf(sandboxActorId(sandbox.id)) ?? "being started again";
    if (sandbox.ready && state === "ready") return sandbox;
    const { namespace, name } = sandbox.config.metadata;
    const where = sandbox.ready ? state : sandbox.lifecycle;
    throw new NotAllowed(
      `sandbox ${id} of ${namespace}/${name} is ${where}, not ready: no container can be created in it`,
    );
  };

  const volumeImages = ({ mounts }: ContainerConfig): Readonly<Record<string, ImageId>> =>
    Object.fromEntries(
      mounts.flatMap(({ image: volume, containerPath }) => {
        if (!volume) return [];
        const found = services.images.find(volume.image);
        if (found) return [[volume.image, found.id]];
        // The kubelet counts these by the first word.
        throw new Failed(
          `ImageVolumeMountFailed: image "${volume.image}" for ${containerPath} is not on this node; pull it first`,
        );
      }),
    );

  const begin = (sandbox: SandboxView, config: ContainerConfig, bytes: Uint8Array, image: Image): ContainerId => {
    system.checkOwner(podActorId(sandbox.id), said("CreateContainer", sandbox.id, config));
    const id = services.newId(64) as ContainerId;
    books.containers.put({
      id,
      sandboxId: sandbox.id,
      cgroupParent: sandbox.config.cgroupParent,
      config,
      bytes,
      handler: sandbox.handler,
      imageId: image.id,
      imageRef: imageRefOf(image, config),
      volumeImages: volumeImages(config),
      logPath: logPathOf(sandbox, config),
      createdAt: services.wallNs(),
      user: { uid: 0, gid: 0, groups: [] },
      stopSignal: 15,
      warnings: [],
      memo: null,
    });
    const input = { id, at: system.door.now() };
    system.tell(podActorId(sandbox.id), {
      type: "spawn",
      child: { kind: "container", id: containerActorId(id), input },
    });
    return id;
  };

  return {
    createContainer({ sandboxId, config, bytes }, caller) {
      const sandbox = readySandbox(sandboxId);
      const image = services.images.find(config.image);
      if (!image) throw new NotFound("image", config.image);
      return create<ContainerId>(system, {
        what: said("CreateContainer", sandbox.id, config),
        bytes,
        caller,
        replaceable: ["created"],
        actorId: containerActorId,
        existing: () => {
          const entry = books.containers.named(containerName(sandbox.id, config));
          return (
            entry && { id: entry.id, bytes: entry.bytes, phase: entry.memo?.phase ?? null, leaving: isLeaving(entry) }
          );
        },
        begin: () => begin(sandbox, config, bytes, image),
      });
    },

    startContainer(id: string, caller: Caller) {
      const view = containerOf(books, id);
      readySandbox(view.sandboxId);
      return system.command(
        containerActorId(view.id),
        { type: "start", at: system.door.now() },
        said("StartContainer", view.sandboxId, view.config),
        caller,
      );
    },

    stopContainer(id, graceMs, caller) {
      const view = findContainer(books, id);
      if (!view) return Promise.resolve(); // gone is what the caller wants
      const at = system.door.now();
      const event = { type: "stop", at, deadline: at + Math.max(0, graceMs) };
      return system.command(
        containerActorId(view.id),
        event,
        said("StopContainer", view.sandboxId, view.config),
        caller,
      );
    },

    removeContainer(id, caller) {
      const view = findContainer(books, id);
      if (!view) return Promise.resolve();
      return system.command(
        containerActorId(view.id),
        { type: "remove", at: system.door.now() },
        said("RemoveContainer", view.sandboxId, view.config),
        caller,
      );
    },

    containers: () => books.containers.views(),
    container: (id) => containerOf(books, id),
  };
};
