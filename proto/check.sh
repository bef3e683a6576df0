#!/usr/bin/env bash
# check.sh: fails with a sentence when generated code is not what proto/ says.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

"$root/proto/generate.sh" "$fresh"
for path in Sources/CFleetMessages/retinue Sources/CFleetMessages/include/retinue \
  Sources/FleetProtocol/Generated; do
  if ! diff -r -q "$fresh/$path" "$root/$path" >&2; then
    echo "check.sh: $path is not what proto/ says: run 'make proto' and commit the result" >&2
    exit 1
  fi
done
