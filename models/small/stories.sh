#!/bin/sh
# Stories that a real model writes, for the small one to learn from: stories.sh MODEL.gguf OUT.jsonl [COUNT]
# MODEL is SmolLM2-135M-Instruct in Q4_1 (Apache-2.0). Takes about half an hour on two cores; goes on where it was stopped.
# stories.jsonl.gz is what it wrote, packed with gzip.
set -e
here=$(dirname "$0")
exec "${CANDOR:-candor}" data generate "$1" --out "$2" --count "${3:-6030}" --tries 20000 --sessions 32 --seed 2 \
  --prompt "Tell me a story about {animal}." \
  --prompt "Tell me a story about {animal} and {name}." \
  --prompt "Write a short story about {animal} for small children." \
  --values "animal=@$here/prompts/animals.txt" \
  --values "name=Tom,Anna,Ben,Lily,Max,Rosa,Sam,Mia,Leo,Ida,Paul,Nora" \
  --temperature 0.6 --max-tokens 160 --unfinished trim --filter mostRepetition=0.3 --filter leastCharacters=250
