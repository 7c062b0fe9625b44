#!/bin/sh
# census.sh FOLDER…: what there is on this (test) node, one thing a line: KIND, what it is known by, what it is; tab between.
# Only tools that have nothing to do with Troupe. From outside of a node:
#   nsenter -t PID -m -u -i -n -p -C sh scripts/census/census.sh /run /var/lib/troupe
set -u
tab=$(printf '\t')

# Processes: not this shell and its tools. Kernel threads (children of 2) come and go as the kernel likes.
ps -e -o pid=,ppid=,stat=,args= | awk -v self=$$ '
  $1 == self || $2 == self || $2 == 2 { next }
  { pid = $1; text = $0; sub(/^ *[0-9]+ +[0-9]+ +/, "", text); state = $3; sub(/^[^ ]+ +/, "", text)
    print "processes\t" pid " " text "\t" "pid " pid " (" state ") " text }'

# Namespaces: those that processes live in, and those that a mount keeps alive.
lsns -rn -o NS,TYPE,PID,COMMAND | awk -v self=$$ '$3 != self {
  print "namespaces\t" $2 ":[" $1 "]\t" $2 " namespace " $1 " of pid " $3 " " $4 }'
findmnt -rn -t nsfs -o SOURCE,TARGET | sed -n "s/^nsfs\[\(.*\)\] \(.*\)/namespaces${tab}\1${tab}\1, kept at \2/p"

findmnt -rn -o ID,TARGET,FSTYPE,SOURCE | awk '{ print "mounts\t" $1 " " $2 "\t" $2 " (" $3 ", " $4 ")" }'

find /sys/fs/cgroup -mindepth 1 -type d -printf 'cgroups\t%p\t%p\n' 2> /dev/null

ip -o link | awk -F': ' '{ name = $2; sub(/@.*/, "", name); print "interfaces\t" name "\t" $2 }'

# Firewall: what iptables wrote, by its own words (they name the pod); nft's for tables that are not iptables'.
# An equal rule twice is two things.
for save in iptables-save ip6tables-save iptables-legacy-save ip6tables-legacy-save; do
  "$save" 2> /dev/null | awk -v save="$save" '
    /^\*/ { table = substr($0, 2) }
    /^:/ { print "chains\t" save " " table " " substr($1, 2) "\t" table " chain " substr($1, 2) " (" save ")" }
    /^-A/ { n = ++seen[table $0]; print "firewall rules\t" save " " table " " $0 " " n "\t" table " " $0 " (" save ")" }'
done
nft list tables 2> /dev/null | while read -r _ family table; do
  case "$family $table" in "ip "* | "ip6 "*) case "$table" in filter | nat | mangle | raw | security) continue ;; esac ;; esac
  nft -s list table "$family" "$table" | sed "s/^[[:space:]]*//; /^[{}]*\$/d; /^\$/d; s/.*/firewall rules${tab}nft $family $table &${tab}nft $family $table &/"
done
echo "settings${tab}net.ipv4.ip_forward=$(cat /proc/sys/net/ipv4/ip_forward)${tab}net.ipv4.ip_forward=$(cat /proc/sys/net/ipv4/ip_forward)"

for folder; do
  [ ! -e "$folder" ] || find "$folder" -xdev -mindepth 1 -printf 'files\t%p\t%p (%y)\n' 2> /dev/null
done
exit 0
