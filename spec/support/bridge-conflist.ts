/** A network as nodes mostly have it: a bridge with masquerading, and what comes behind it in the chain. */
export interface BridgeNetwork {
  readonly name: string;
  readonly bridge?: string;
  readonly subnet?: string;
  readonly plugins?: readonly object[];
}

export const portmap = { type: "portmap", capabilities: { portMappings: true } };

export const bridgeConflist = ({
  name,
  bridge = "cni0",
  subnet = "10.88.0.0/16",
  plugins = [portmap],
}: BridgeNetwork): object => ({
  cniVersion: "1.0.0",
  name,
  plugins: [
    {
      type: "bridge",
      bridge,
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: { type: "host-local", ranges: [[{ subnet }]], routes: [{ dst: "0.0.0.0/0" }] },
    },
    ...plugins,
  ],
});
