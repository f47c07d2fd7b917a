#!/usr/bin/env bash
# Writes the README's table of families from what the last whole test run noted in artifacts/goldens.
#
#   dotnet test -c Release && tests/golden-table.sh
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
table=$(mktemp)
cat "$root"/artifacts/goldens/*.tsv | awk -F '\t' '
  $1 == "arch" {
    n = split($2, part, " "); family = part[1]; kind = part[2]
    if (n == 2 && (kind == "hf" || kind == "legacy" || kind == "gguf")) {
      seen[family] = 1; has[family, kind, $3] = 1
    } else if ($3 ~ /^to |^there/) { has[family, $3] = 1 }
  }
  function checks(f, k,   c, i, out, names) {
    c = split("logits hidden attention router batch cached greedy", names, " ")
    for (i = 1; i <= c; i++) if ((f, k, names[i]) in has) out = out (out == "" ? "" : ", ") names[i]
    return out == "" ? "–" : out
  }
  END {
    print "| family | Hugging Face folder | older config | GGUF | converts to GGUF and back |"
    print "|---|---|---|---|---|"
    for (f in seen) {
      legacy = ((f, "legacy", "logits") in has) ? "yes" : "–"
      both = ((f, "to gguf") in has) && ((f, "there and back") in has) ? "yes" : "–"
      print "| " f " | " checks(f, "hf") " | " legacy " | " (((f, "gguf", "logits") in has || (f, "gguf", "hidden") in has) ? "yes" : "–") " | " both " |" | "LC_ALL=C sort"
    }
  }' > "$table"
readme=$root/README.md
awk -v table="$table" '
  /<!-- families -->/ { print; while ((getline line < table) > 0) print line; skip = 1; next }
  /<!-- end of families -->/ { skip = 0 }
  !skip' "$readme" > "$readme.tmp"
mv "$readme.tmp" "$readme"
rm -f "$table"
