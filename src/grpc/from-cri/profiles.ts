/** Seccomp and AppArmor profiles, each in the message of today and in the text of older clients. */
import { isAbsolute } from "node:path";
import { Invalid } from "../../errors.ts";
import type { SecurityProfile } from "../../vocabulary/index.ts";
import { ProfileType, type SecurityProfile as Profile } from "../messages/security.ts";
import { meaning, noNul, quoted, shortPath } from "./field.ts";

const types = {
  [ProfileType.RuntimeDefault]: "runtimeDefault",
  [ProfileType.Unconfined]: "unconfined",
  [ProfileType.Localhost]: "localhost",
} as const;

const unconfined: SecurityProfile = { type: "unconfined", localhostRef: "" };

/** Today's message wins; nothing in either means unconfined. */
export const seccomp = (context: string, message: Profile | null, older: string): SecurityProfile => {
  const [field, profile] = message
    ? [`${context}.seccomp.localhost_ref`, fromMessage(`${context}.seccomp`, message)]
    : [`${context}.seccomp_profile_path`, fromText(`${context}.seccomp_profile_path`, older) ?? unconfined];
  if (profile.type === "localhost" && !isAbsolute(profile.localhostRef))
    throw new Invalid(`${field} is ${quoted(profile.localhostRef)}, which is no absolute path of a seccomp profile`);
  shortPath(field, profile.localhostRef);
  return profile;
};

/** Today's message wins; undefined where neither says a word. */
export const apparmor = (context: string, message: Profile | null, older: string): SecurityProfile | undefined => {
  const profile = message
    ? fromMessage(`${context}.apparmor`, message)
    : fromText(`${context}.apparmor_profile`, older);
  if (profile?.type === "localhost" && profile.localhostRef === "")
    throw new Invalid(`${context}.apparmor names no profile that is loaded on this host`);
  return profile;
};

const localhost = "localhost/";

const withoutPrefix = (ref: string): string => (ref.startsWith(localhost) ? ref.slice(localhost.length) : ref);

const fromMessage = (field: string, { profile_type, localhost_ref }: Profile): SecurityProfile => {
  const type = meaning(`${field}.profile_type`, profile_type, types);
  if (type !== "localhost" && localhost_ref !== "")
    throw new Invalid(`${field}.localhost_ref is ${quoted(localhost_ref)}, but the profile_type is not Localhost`);
  return { type, localhostRef: withoutPrefix(noNul(`${field}.localhost_ref`, localhost_ref)) };
};

const fromText = (field: string, text: string): SecurityProfile | undefined => {
  if (text === "") return undefined;
  if (text === "unconfined") return unconfined;
  if (text === "runtime/default" || text === "docker/default") return { type: "runtimeDefault", localhostRef: "" };
  if (text.startsWith(localhost)) return { type: "localhost", localhostRef: withoutPrefix(noNul(field, text)) };
  throw new Invalid(`${field} is ${quoted(text)}: it may be unconfined, runtime/default or localhost/PROFILE`);
};
