/** SELinux options in Troupe's words: `user:role:type:level`, parts that are not said empty; "" for none at all. */
import { Invalid } from "../../errors.ts";
import type { SELinuxOption } from "../messages/security.ts";
import { quoted } from "./field.ts";

// A sensitivity or two, and categories: s0, s0-s3:c1.c9, s0:c1,c2. Each part of a label is a word, and labels fit a page.
const levels = /^(?=.{1,255}$)s\d+(-s\d+)?(:c\d+([.,]c\d+)*)?$/;

/** Throws Invalid for what cannot be part of a label: the kernel would refuse the whole of it in no words at all. */
export const selinuxLabel = (field: string, options: SELinuxOption | null): string => {
  if (options === null) return "";
  const { user, role, type, level } = options;
  for (const [name, part] of Object.entries({ user, role, type }))
    if (!/^[\w.-]{0,255}$/.test(part))
      throw new Invalid(`${field}.${name} is ${quoted(part)}, which is no name of SELinux`);
  if (level !== "" && !levels.test(level))
    throw new Invalid(`${field}.level is ${quoted(level)}, which is no level like s0:c1,c2`);
  const parts = [user, role, type, level];
  return parts.every((part) => part === "") ? "" : parts.join(":");
};
