/** Who is measured. Troupe is the first; another peer is one file here and its name below. */
import type { Peer } from "../support/system.ts";
import { peer as containerdCrun } from "./containerd-crun.ts";
import { peer as containerdRunc } from "./containerd-runc.ts";
import { peer as troupe } from "./troupe.ts";

export const ours: Peer = troupe;
export const peers: readonly Peer[] = [containerdRunc, containerdCrun];
