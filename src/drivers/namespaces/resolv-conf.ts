/** resolv.conf(5) of a pod. */
import { Invalid } from "../../errors.ts";
import type { DnsConfig } from "../../vocabulary/index.ts";

/** The kubelet's words one by one: a line break in one would be a line of its own. */
const words = (kind: string, values: readonly string[]): string => {
  const bad = values.find((value) => /[\s\0]/.test(value));
  if (bad !== undefined) throw new Invalid(`DNS ${kind} ${JSON.stringify(bad)} has a blank or a line break in it`);
  return values.join(" ");
};

/** The text in the order that all runtimes write; undefined when nothing was asked for. */
export const resolvConf = ({ servers, searches, options }: DnsConfig): string | undefined => {
  words("server", servers);
  const lines = [
    ...(searches.length > 0 ? [`search ${words("search domain", searches)}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${words("option", options)}`] : []),
  ];
  return lines.length > 0 ? `${lines.join("\n")}\n` : undefined;
};
