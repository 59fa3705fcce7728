#!/bin/sh
# Install Debian packages, as root. While the machine is at its own upgrades, as a new one often is,
# apt lets nobody else in: it is waited for, ten minutes at most.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
for _ in $(seq 120); do
  told=$(apt-get update -qq 2>&1) && break
  case $told in
    *"Could not get lock"*) sleep 5 ;;
    *) break ;;  # what is known of packages may do
  esac
done
[ -z "$told" ] || printf '%s\n' "$told" >&2
exec apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "$@" >&2
