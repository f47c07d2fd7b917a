#!/usr/bin/env bash
# Candor and llama.cpp side by side, in turn, on the same file with the same threads; prints a table.
#
#   bench/compare.sh MODEL.gguf … [--out FOLDER] [-p 512] [-n 128] [-d 0] [--sessions 1] [--kv f16] [-t THREADS] [-r 5] [--rounds 5]
#
# CANDOR names the program to measure, as it was published; without it the command line tool is built here.
# Run it on a machine that does nothing else.
set -euo pipefail

if [ $# -lt 1 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")

"$here/peers/get-llama.sh" >&2
dotnet build -c Release -v quiet --nologo "$here/Candor.Peers" >&2
if [ -z "${CANDOR:-}" ]; then
    dotnet build -c Release -v quiet --nologo "$root/src/Candor.Cli" >&2
    CANDOR="$root/src/Candor.Cli/bin/Release/net10.0/candor"
fi

exec "$here/Candor.Peers/bin/Release/net10.0/candor-peers" compare "$@" --candor "$CANDOR"
