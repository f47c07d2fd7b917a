#!/bin/sh
# Stories of the small model itself that a real model finds likely: kept.sh SMALL.gguf JUDGE.gguf OUT.jsonl
# SMALL is the model of chat.json, JUDGE is SmolLM2-135M-Instruct in Q4_1. Takes about ten minutes on two cores. kept.jsonl is what came of 6,058
# stories, thinned to those in which at most one run of three words in twenty repeats.
set -e
here=$(dirname "$0")
exec "${CANDOR:-candor}" data generate "$1" --judge "$2" --most-perplexity 6.5 --out "$3" --count 1500 --tries 7000 --sessions 32 --seed 7 \
  --prompt "Tell me a story about {animal}." --prompt "Tell a short story about {animal}." --prompt "Write a story about {animal}." \
  --values "animal=@$here/prompts/animals.txt" \
  --temperature 0.8 --max-tokens 160 --unfinished trim --filter mostRepetition=0.2 --filter leastCharacters=300 --nearness 0.6
