/** Names of actors: the kind and the id of the object, so that an actor is found without a search. */
export const podActorId = (sandboxId: string): string => `pod/${sandboxId}`;
export const sandboxActorId = (sandboxId: string): string => `sandbox/${sandboxId}`;
export const attachmentActorId = (sandboxId: string): string => `attachment/${sandboxId}`;
export const containerActorId = (containerId: string): string => `container/${containerId}`;
export const execActorId = (execId: string): string => `exec/${execId}`;
export const attachActorId = (attachId: string): string => `attach/${attachId}`;
export const imagePullActorId = (key: string): string => `image-pull/${key}`;
export const leakedActorId = (what: string): string => `leaked/${what}`;

/** `container` of `container/3f2a…`; the whole name of an actor that there is one of. */
export const kindOf = (actorId: string): string => {
  const end = actorId.indexOf("/");
  return end < 0 ? actorId : actorId.slice(0, end);
};
export const objectOf = (actorId: string): string => actorId.slice(actorId.indexOf("/") + 1);
