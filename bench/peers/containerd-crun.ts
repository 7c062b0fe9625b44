/** containerd with the OCI runtime that Troupe uses by default. */
import { containerd } from "../support/containerd.ts";

export const peer = containerd("containerd-crun", "/usr/bin/crun");
