/** Who a container runs as: the pod's word before the image's, names looked up in the image's own files. */
import { Invalid, quoted } from "../../../errors.ts";
import type { ContainerUser } from "../../../vocabulary/index.ts";
import { isId, type Account, type Accounts } from "./accounts.ts";

export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** The primary group first. */
  readonly groups: readonly number[];
}

/** runc takes no more; nor do most programs. */
const LARGEST_ID = 2 ** 31 - 1;

/**
 * `imageUser` is the image's `user[:group]`. Throws Invalid for a group without a user, an unknown name, or a number out of
 * range; an unknown number is no mistake and has group 0.
 */
export const user = (wanted: ContainerUser, imageUser: string, accounts: Accounts): ResolvedUser => {
  const ofPod = Boolean(wanted.name) || wanted.uid !== undefined;
  if (wanted.gid !== undefined && !ofPod)
    throw new Invalid(`run_as_group ${wanted.gid} is given without a user; set runAsUser too`);
  const [ofImage = "", imageGroup = ""] = imageUser.split(":");
  const account = lookUp(wanted.name || (wanted.uid ?? (ofImage || 0)), accounts);
  const gid = wanted.gid ?? (!ofPod && imageGroup !== "" ? groupId(imageGroup, accounts) : account.gid);
  const merged = wanted.groupsPolicy === "merge" && account.name !== "" ? groupsOf(account.name, accounts) : [];
  const groups = [...new Set([gid, ...merged, ...wanted.supplementalGroups])];
  for (const id of [account.uid, ...groups])
    if (id < 0 || id > LARGEST_ID) throw new Invalid(`user or group id ${id} is not in the range 0 to ${LARGEST_ID}`);
  return { uid: account.uid, gid, groups };
};

/** A text that the image knows as a name wins over its reading as a number: passwd(5) allows names of digits. */
const lookUp = (wanted: string | number, accounts: Accounts): Account => {
  const users = accounts.users();
  const named = users.find(({ name }) => name === wanted);
  if (named) return named;
  if (typeof wanted === "string" && !isId(wanted))
    throw new Invalid(`user ${quoted(wanted)} is not in the image's /etc/passwd`);
  const uid = Number(wanted);
  return users.find((account) => account.uid === uid) ?? { name: "", uid, gid: 0 };
};

const groupId = (text: string, accounts: Accounts): number => {
  const named = accounts.groups().find(({ name }) => name === text);
  if (named) return named.gid;
  if (!isId(text)) throw new Invalid(`group ${quoted(text)} is not in the image's /etc/group`);
  return Number(text);
};

const groupsOf = (name: string, accounts: Accounts): number[] =>
  accounts
    .groups()
    .filter(({ members }) => members.includes(name))
    .map(({ gid }) => gid);
