/** The AppArmor profile of a container: written only where the host has the module on, for a runtime fails on it elsewhere. */
import { Invalid, toFailure, quoted } from "../../../errors.ts";
import type { ContainerSecurity } from "../../../vocabulary/index.ts";
import { OWN_PROFILE, type Apparmor } from "../apparmor.ts";
import type { Host } from "../host.ts";

type Security = Pick<ContainerSecurity, "privileged" | "apparmor">;

export interface Confinement {
  /** Absent: unconfined. */
  readonly profile?: string;
  readonly warnings: readonly string[];
}

/**
 * `runtimeDefault`: what RuntimeDefault means on this node, "" and "unconfined" for nothing; our own is loaded again where somebody
 * has unloaded it. Who asks for no profile goes without where that fails, with a warning. Rejects with Invalid or Unavailable.
 */
export const confinement = async (
  { privileged, apparmor }: Security,
  runtimeDefault: string,
  host: Pick<Host, "apparmor">,
  { isLoaded, load }: Apparmor,
): Promise<Confinement> => {
  const none: Confinement = { warnings: [] };
  if (!host.apparmor) {
    if (apparmor === undefined || apparmor.type === "unconfined" || (privileged && apparmor.type === "runtimeDefault"))
      return none;
    throw new Invalid("an AppArmor profile was asked for, but AppArmor is off on this host");
  }
  // A privileged container escapes the default, not the profile that its pod names.
  if (apparmor?.type === "unconfined" || (privileged && apparmor?.type !== "localhost")) return none;
  const profile = apparmor?.type === "localhost" ? apparmor.localhostRef.replace(/^localhost\//, "") : runtimeDefault;
  if (profile === "" || profile === "unconfined") return none;
  if (isLoaded(profile)) return { ...none, profile };
  if (profile !== OWN_PROFILE || apparmor?.type === "localhost")
    throw new Invalid(`AppArmor profile ${quoted(profile)} is not loaded on this host; load it with apparmor_parser`);
  try {
    await load();
  } catch (error) {
    if (apparmor !== undefined) throw error;
    return { warnings: [`this container is not confined by AppArmor: ${toFailure(error).text}`] };
  }
  return { ...none, profile };
};
