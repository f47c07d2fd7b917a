#!/usr/bin/env bash
# Makes the sample's data anew, from two Debian packages: WordNet's animals (wordnet-base) and Jane Austen's Persuasion (r-cran-janeaustenr).
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p data

# A line of data.noun: offset, lexicographer's file (05: animals), type, number of words in hexadecimal, words with an id each, ... | gloss
awk -F' [|] ' '$1 ~ /^[0-9]+ 05 n / {
  split($1, f, " ")
  hex = "0123456789abcdef"; count = 16 * (index(hex, substr(f[4], 1, 1)) - 1) + index(hex, substr(f[4], 2, 1)) - 1; names = ""
  for (i = 0; i < count; i++) { word = f[5 + 2 * i]; gsub("_", " ", word); names = names (i == 0 ? "" : "; ") word }
  gloss = $2; gsub(/ +$/, "", gloss); gsub(/["\\]/, "\\\\&", gloss)
  printf "Animal: %s\\nMeaning: %s\n", names, gloss
}' /usr/share/wordnet/data.noun | shuf --random-source=<(yes) > data/all.txt

# Four entries make a document; every eighteenth document is held out.
awk 'BEGIN { n = 0 } { text = text (text == "" ? "" : "\\n\\n") $0; if (NR % 4 == 0) { file = (n++ % 18 == 0) ? "data/animals-valid.jsonl" : "data/animals-train.jsonl"; print "{\"text\": \"" text "\"}" > file; text = "" } }' data/all.txt
head -n 1100 data/animals-train.jsonl > data/all.txt
mv data/all.txt data/animals-train.jsonl
Rscript -e 'library(janeaustenr); cat(persuasion[300:1100], sep = "\n")' > data/general.txt
