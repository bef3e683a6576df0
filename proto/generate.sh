#!/usr/bin/env bash
# generate.sh [FOLDER]: writes what is generated from the contract, below FOLDER (default: this package).
#
# - Sources/CFleetMessages/{,include/}retinue/fleet/v1/*.pb-c.{c,h}, by protoc-c
# - Sources/FleetProtocol/Generated/FleetMethods.swift, from the `service` blocks
#
# Both are committed, so that a build needs no protoc-c; proto/check.sh tells whether they are fresh.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root}
command -v protoc-c >/dev/null || {
  echo "generate.sh: protoc-c is not installed; on Debian: apt-get install protobuf-c-compiler" >&2
  exit 1
}

cd "$root/proto"
files=(retinue/fleet/v1/{common,control,upload,query}.proto)
messages=$out/Sources/CFleetMessages
methods=$out/Sources/FleetProtocol/Generated
mkdir -p "$messages/include" "$methods"
rm -rf "$messages/retinue" "$messages/include/retinue"

# protoc-c writes header beside source; SwiftPM wants headers below include/, found by the same path.
protoc-c -I . --c_out="$messages" "${files[@]}"
for file in "${files[@]}"; do
  header=${file%.proto}.pb-c.h
  mkdir -p "$messages/include/$(dirname "$header")"
  mv "$messages/$header" "$messages/include/$header"
done

awk -f methods.awk "${files[@]}" > "$methods/FleetMethods.swift"
