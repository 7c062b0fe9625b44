/** Results of an ADD, in the forms that the versions of CNI have had. They are kept as they come; only addresses are read. */
import { asArray, asObject, asString, type Json, type JsonObject } from "./json.ts";

/** `10.88.0.5/16` without the length of its prefix. */
const address = (cidr: Json | undefined): string => asString(cidr).split("/")[0] ?? "";

/** Up to 0.2.0: one address of each family. */
const firstForm = (result: JsonObject): readonly string[] =>
  ["ip4", "ip6"].map((family) => address(asObject(result[family])?.["ip"]));

/** From 0.3.0: each address may say by index on which interface it is; the host's end of a veth can have one too. */
const listForm = (result: JsonObject, ifName: string): readonly string[] => {
  const interfaces = asArray(result["interfaces"]).map(asObject);
  const isPods = (index: Json | undefined): boolean => {
    if (typeof index !== "number") return true;
    const of = interfaces[index];
    return of?.["name"] === ifName && asString(of["sandbox"]) !== "";
  };
  return asArray(result["ips"])
    .map(asObject)
    .filter((ip) => ip !== undefined && isPods(ip["interface"]))
    .map((ip) => address(ip?.["address"]));
};

/** The pod's addresses on its interface, in the plugins' order. */
export const podIps = (result: JsonObject, ifName: string): readonly string[] =>
  (result["ips"] === undefined ? firstForm(result) : listForm(result, ifName)).filter((ip) => ip !== "");
