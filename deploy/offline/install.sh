#!/usr/bin/env bash
# Installs the service from this bundle, without any network; safe to repeat.
#
#   ./install.sh [FOLDER]      /opt/archive unless another is named
#
# Each release lies in a folder of its own below FOLDER/releases. FOLDER/.venv, the units and the
# documents are links to the newest one: they change only once it is whole, so that a machine
# always has a release that runs, and the one before is still there.
set -euo pipefail
umask 022 # root of a hardened machine has 077, and the account of the service could read nothing
folder=$(realpath -m "${1:-/opt/archive}")
cd "$(dirname "$0")"
version=$(<VERSION)

stop() {
  printf '%s\n' "$@" >&2
  exit 1
}

sha256sum --quiet --check SHA256SUMS >&2 ||
  stop "Files of this bundle are missing or changed (named above); nothing was installed." \
    "Copy the bundle anew and compare it with the digest that came with the release."
python=$(command -v python3) || stop "There is no python3 here. Install Debian's package python3."
series=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ -f "python$series.txt" ] ||
  stop "This machine has Python $series; the bundle holds libraries for: $(printf '%s ' python*.txt | sed 's/python\|\.txt//g')"
for link in .venv archive_service config deploy docs; do
  [ -L "$folder/$link" ] || [ ! -e "$folder/$link" ] ||
    stop "$folder/$link is no link: another way of installing was used there." \
      "Name another folder, or move $folder away first; homes and settings lie elsewhere."
done

release=$folder/releases/$version
if [ ! -e "$release/whole" ]; then
  rm -rf "$release"
  mkdir -p "$release"
  "$python" -m venv --without-pip "$release/.venv"
  pip=$(realpath wheels/pip-*.whl)
  "$release/.venv/bin/python" "$pip/pip" install --quiet --no-index --no-cache-dir --no-compile \
    --disable-pip-version-check --find-links wheels --require-hashes -r "python$series.txt"
  # The account of the service may not write here: each of its processes would compile anew.
  "$release/.venv/bin/python" -m compileall -qq "$release/.venv/lib" || true # a template is no module
  "$release/.venv/bin/archive" --version
  code=.venv/lib/python$series/site-packages/archive_service
  ln -s "$code" "$release/archive_service"
  for part in config deploy docs; do ln -s "$code/_shipped/$part" "$release/$part"; done
  touch "$release/whole"
fi

before=$(readlink "$folder/.venv" 2>/dev/null || true)
for link in archive_service config deploy docs .venv; do
  ln -sfn "releases/$version/$link" "$folder/$link"
done
printf '%s\n' "Version $version is installed in $folder."
if [ -z "$before" ] || [ "$before" = "releases/$version/.venv" ]; then
  printf '%s\n' "Next, as the account of the service: $folder/.venv/bin/archive setup" \
    "What else a machine needs (units, nginx): $folder/docs/operations.md"
else
  printf '%s\n' "Before it: $before. Next, with the service stopped: $folder/.venv/bin/archive upgrade"
fi
