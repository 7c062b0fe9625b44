/** As whom a container runs. Names are looked up in its root later. */
import { Invalid } from "../../errors.ts";
import type { ContainerUser } from "../../vocabulary/index.ts";
import type { Int64 } from "../draft.ts";
import { SupplementalGroupsPolicy, type Int64Value, type LinuxContainerSecurityContext } from "../messages/security.ts";
import { integer, meaning, noNul } from "./field.ts";

// 2^32 - 1 is the kernel's "no id".
const mostId = 2 ** 32 - 2;

const policies = {
  [SupplementalGroupsPolicy.Merge]: "merge",
  [SupplementalGroupsPolicy.Strict]: "strict",
} as const;

export const user = (field: string, context: LinuxContainerSecurityContext | null): ContainerUser => {
  if (context === null) return { supplementalGroups: [], groupsPolicy: "merge" };
  const { run_as_username: name, run_as_user, run_as_group, supplemental_groups } = context;
  if (run_as_group && !run_as_user && name === "")
    throw new Invalid(`${field}.run_as_group is given without run_as_user or run_as_username`);
  return {
    ...(name !== "" && { name: noNul(`${field}.run_as_username`, name) }),
    ...(run_as_user && { uid: id(`${field}.run_as_user`, run_as_user) }),
    ...(run_as_group && { gid: id(`${field}.run_as_group`, run_as_group) }),
    supplementalGroups: groups(`${field}.supplemental_groups`, supplemental_groups),
    groupsPolicy: meaning(`${field}.supplemental_groups_policy`, context.supplemental_groups_policy, policies),
  };
};

// NGROUPS_MAX
const mostGroups = 65_536;

const groups = (field: string, list: readonly Int64[]): readonly number[] => {
  if (list.length > mostGroups)
    throw new Invalid(`${field} has ${list.length} groups, more than the ${mostGroups} that Linux takes`);
  return list.map((group, n) => integer(`${field}[${n}]`, group, 0, mostId));
};

const id = (field: string, { value }: Int64Value): number => integer(field, value, 0, mostId);
