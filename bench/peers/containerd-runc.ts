/** containerd as Debian ships it. */
import { containerd } from "../support/containerd.ts";

export const peer = containerd("containerd-runc", "/usr/sbin/runc");
