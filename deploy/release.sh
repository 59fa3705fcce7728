#!/usr/bin/env bash
# What `make release` does: a wheel of the service with its front end, fonts, rules and guides
# inside, and a bundle that one script installs on a machine without any network.
#
#   deploy/release.sh TARGET [PYTHON …]     Pythons of Debian 12 and 13 unless others are named
set -euo pipefail
target=$(realpath -m "${1:?usage: release.sh TARGET [PYTHON …]}")
shift
pythons=("${@:-3.11}")
[ $# -gt 0 ] || pythons=(3.11 3.13)
cd "$(dirname "$0")/.."
uv=.venv/bin/uv

# glibc of Debian 12 is 2.36: what was built for an earlier one runs there and on Debian 13.
platforms=(--platform manylinux1_x86_64 --platform manylinux2010_x86_64 --platform manylinux2014_x86_64)
for minor in $(seq 5 36); do platforms+=(--platform "manylinux_2_${minor}_x86_64"); done

# One moment for all files of a commit, so that the same commit gives the same wheel.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 1577836800)
export SOURCE_DATE_EPOCH

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"$uv" build -q --wheel --no-build-isolation --python .venv/bin/python -o "$made" .
own=$(basename "$made"/archive_service-*.whl)
version=$(cut -d- -f2 <<<"$own")
bundle=$made/archive-service-$version-offline
mkdir -p "$bundle/wheels"
digest=$(sha256sum "$made/$own" | cut -d' ' -f1)
mv "$made/$own" "$bundle/wheels/"
for python in "${pythons[@]}"; do
  libraries=$bundle/python$python.txt
  "$uv" pip compile -q pyproject.toml -c requirements.lock --python-version "$python" \
    --generate-hashes --no-header --no-annotate -o "$libraries"
  "$uv" run -q --no-project --with pip python -m pip download -q --no-deps --require-hashes \
    -r "$libraries" --only-binary=:all: --implementation cp --python-version "$python" \
    "${platforms[@]}" -d "$bundle/wheels"
  printf 'archive-service==%s --hash=sha256:%s\n' "$version" "$digest" >>"$libraries"
done
# A bare Debian has a Python without pip.
"$uv" run -q --no-project --with pip python -m pip download -q --no-deps --only-binary=:all: pip -d "$bundle/wheels"
cp deploy/offline/install.sh LICENSE "$bundle/"
printf '%s\n' "$version" >"$bundle/VERSION"
(cd "$bundle" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)

mkdir -p "$target"
cp "$bundle/wheels/$own" "$target/"
tar -C "$made" --sort=name --owner=0 --group=0 --mtime="@$SOURCE_DATE_EPOCH" \
  -cf "$target/$(basename "$bundle").tar" "$(basename "$bundle")"
(cd "$target" && sha256sum "$own" "$(basename "$bundle").tar" | tee SHA256SUMS)
