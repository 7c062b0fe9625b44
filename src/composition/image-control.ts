/** What `troupe image` asks of the daemon: its images, over the inspect socket. */
import { Invalid, NotFound } from "../errors.ts";
import type { Runtime } from "../supervisors/runtime.ts";
import type { Image } from "../vocabulary/index.ts";

export type ImageRuntime = Pick<Runtime, "images" | "image" | "removeImage" | "pullImage">;

/** Answers undefined where there is no such question. Rejects as the calls of CRI do, and with NotFound. */
export const imageQuestion = (
  runtime: ImageRuntime,
  method: string,
  { pathname, searchParams }: URL,
  signal: AbortSignal,
): Promise<unknown> | undefined => {
  const given = (name: string): string => {
    const value = searchParams.get(name);
    if (value === null || value === "") throw new Invalid(`${method} ${pathname} needs ${name}`);
    return value;
  };
  switch (`${method} ${pathname}`) {
    case "GET /images":
      return Promise.resolve(runtime.images());
    case "POST /images/remove":
      return Promise.try(() => remove(runtime, given("image")));
    case "POST /images/load":
      return Promise.try(async () => {
        const server = { port: Number(given("port")), secret: given("secret") };
        return { id: await runtime.pullImage(given("image"), { server }, { signal }) };
      });
    default:
      return undefined;
  }
};

const remove = async (runtime: ImageRuntime, reference: string): Promise<Image> => {
  const image = runtime.image(reference);
  if (!image) throw new NotFound("image", reference);
  await runtime.removeImage(reference);
  return image;
};
