#!/usr/bin/env bash
# What `make install` does: `install.sh python` and `install.sh front-end`, each safe to repeat.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

# As root, or through sudo where it asks for no password; else the list for an administrator.
apt_install() {
  local as=()
  if ! command -v apt-get >/dev/null; then
    say "Missing here: $*. There is no apt-get: please install them, then run this again."
    exit 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      say "Missing here: $*, and there is neither root nor sudo."
      say "Ask an administrator for this, then run it again:  apt-get install $*"
      exit 1
    fi
    as=(sudo -n)
  fi
  say "Installing $* …"
  "${as[@]}" deploy/apt.sh "$@"
}

has_python() { python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

make_environment() {
  [ -x .venv/bin/python ] && return
  if has_python; then
    python3 -m venv --clear .venv
  elif command -v uv >/dev/null; then
    uv venv -q --clear .venv
  else
    apt_install python3 python3-venv ca-certificates
    if ! has_python; then
      say "Python 3.11 or later is needed; this system brings $(python3 --version)."
      exit 1
    fi
    python3 -m venv --clear .venv
  fi
}

# uv itself comes from PyPI too, held to the digests of requirements.lock.
find_uv() {
  if [ -x .venv/bin/uv ]; then
    echo .venv/bin/uv
  elif command -v uv >/dev/null; then
    command -v uv
  else
    awk '/^uv==/ {found = 1} found {print} found && !/\\$/ {exit}' requirements.lock >.venv/uv.txt
    .venv/bin/python -m pip install -q --require-hashes -r .venv/uv.txt >&2
    echo .venv/bin/uv
  fi
}

python_part() {
  local uv
  make_environment
  uv=$(find_uv)
  say "Installing the libraries of requirements.lock into .venv …"
  "$uv" pip install -q --python .venv/bin/python --require-hashes -r requirements.lock
  "$uv" pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .
}

front_end_part() {
  export PATH="$PATH:$PWD/.venv/bin" # a Node.js of the system comes first
  if ! npm --version >/dev/null 2>&1; then
    say "There is no npm here: taking Node.js as a wheel …"
    "$(find_uv)" pip install -q --python .venv/bin/python --require-hashes -r deploy/node.lock
  fi
  say "Fetching the front end, the fonts and the OCR model of package-lock.json …"
  npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2
  .venv/bin/python -m archive_service.static.vendor
}

case "${1:-}" in
  python) python_part ;;
  front-end) front_end_part ;;
  *) say "usage: $0 python|front-end"; exit 2 ;;
esac
