/** The calls about images. */
import { Failed, Invalid } from "../../errors.ts";
import type { Runtime } from "../../supervisors/runtime.ts";
import type { Image, RegistryAuth } from "../../vocabulary/index.ts";
import { codec } from "../contract.ts";
import { notEmpty, present } from "../from-cri/field.ts";
import type { AuthConfig, Image as CriImage, ImageFilter, ImageSpec } from "../messages/image.ts";
import { filesystem, image, imageInfo } from "../to-cri/image.ts";
import type { Calls } from "./index.ts";
import { EncodedList } from "./list.ts";
import { knownHandler } from "./sandboxes.ts";

type ImageCalls = Pick<
  Calls,
  "ListImages" | "StreamImages" | "ImageStatus" | "PullImage" | "RemoveImage" | "ImageFsInfo"
>;

const images = codec<CriImage>("Image");

// Made anew each time, so without its memory: a store may add a name to an image that it has.
const list = () => new EncodedList<Image, CriImage>(images, image);

export const imageCalls = (runtime: Runtime): ImageCalls => ({
  ListImages: ({ filter }) => list().whole(filtered(runtime, filter)),
  StreamImages: ({ filter }) => list().batches(filtered(runtime, filter)),
  ImageStatus: (request) => {
    const found = runtime.image(reference(request.image));
    // An absent image is an answer without an image, never an error: the kubelet would not pull it.
    return found ? { image: image(found), info: request.verbose ? imageInfo(found) : {} } : {};
  },
  PullImage: async (request, caller) => {
    const name = reference(request.image);
    knownHandler(runtime, request.image?.runtime_handler ?? "");
    const image_ref = await runtime.pullImage(name, { auth: auth(request.auth) }, caller).catch(inKubeletsWords);
    return { image_ref };
  },
  RemoveImage: async (request) => {
    await runtime.removeImage(reference(request.image));
    return {};
  },
  ImageFsInfo: async () => {
    const usage = filesystem(await runtime.imageFs());
    return { image_filesystems: [usage], container_filesystems: [usage] };
  },
});

const reference = (spec: ImageSpec | null): string => notEmpty("image.image", present("image", spec).image);

const filtered = (runtime: Runtime, filter: ImageFilter | null): readonly Image[] => {
  const name = filter?.image?.image ?? "";
  if (name === "") return runtime.images();
  const found = runtime.image(name);
  return found ? [found] : [];
};

const auth = (given: AuthConfig | null): RegistryAuth | undefined =>
  given === null
    ? undefined
    : {
        username: given.username,
        password: given.password,
        auth: given.auth,
        serverAddress: given.server_address,
        identityToken: given.identity_token,
        registryToken: headerWord("auth.registry_token", given.registry_token),
      };

/** It is sent as it is, in a header; what it is must not be told. */
const headerWord = (field: string, token: string): string => {
  if (!/^[\x21-\x7e]*$/.test(token)) throw new Invalid(`${field} has characters that no token in a header can have`);
  return token;
};

/** The kubelet takes these first words of a message as the pod's reason, but only where the code is UNKNOWN. */
const inKubeletsWords = (error: unknown): never => {
  if (error instanceof Error && /^(RegistryUnavailable|SignatureValidationFailed)\b/.test(error.message))
    throw new Failed(error.message, error);
  throw error;
};
