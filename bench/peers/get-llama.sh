#!/usr/bin/env bash
# Fetches the prebuilt llama.cpp library that the side-by-side runs measure against, and says where it lies.
# Needs npm and the npm registry. Running it again is cheap: nothing is fetched that is already there.
set -euo pipefail

# Candor.Peers binds the structs of exactly this release: change the version here and there together.
version=3.22.1

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) platform=linux-x64 ;;
    *) echo "get-llama.sh: only linux-x64 is bound, this is $(uname -s)-$(uname -m)" >&2; exit 1 ;;
esac
package="@node-llama-cpp/$platform"
folder="$here/node_modules/$package"
bins="$folder/bins/$platform"

installed=$(sed -n 's/^ *"version": "\(.*\)",*$/\1/p' "$folder/package.json" 2>/dev/null || true)
if [ "$installed" != "$version" ]; then
    # The package is only a carrier of libraries: no scripts of it need to run.
    npm install --prefix "$here" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error \
        "$package@$version" >&2
fi

library=$(find "$bins" -maxdepth 1 -name 'libllama.v*.so' -print -quit)
[ -n "$library" ] || { echo "get-llama.sh: no libllama in $bins" >&2; exit 1; }
release=$(sed -n 's/.*"release":"\([^"]*\)".*/\1/p' "$bins/_nlcBuildMetadata.json")
echo "libllama: $library"
echo "release:  llama.cpp $release ($package $version)"
