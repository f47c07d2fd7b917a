#!/bin/sh
# Stories that a real model writes, for the small one to learn from: stories.sh MODEL.gguf OUT.jsonl [COUNT]
# MODEL is SmolLM2-135M-Instruct in Q4_1 (Apache-2.0). Takes about a quarter of an hour on two cores; goes on where it was stopped. stories.jsonl is what it wrote.
set -e
here=$(dirname "$0")
exec "${CANDOR:-candor}" data generate "$1" --out "$2" --count "${3:-1454}" --tries 20000 --sessions 32 --seed 1 \
  --prompt "Write a short story of about 100 words for small children about {animal}. Use simple words." \
  --prompt "Write a short story of about 100 words for small children about {animal} and {name}. Use simple words." \
  --prompt "Write a short story of about 100 words for small children about {name} and {thing}. Use simple words." \
  --values "animal=@$here/prompts/animals.txt" \
  --values "name=Tom,Anna,Ben,Lily,Max,Rosa,Sam,Mia,Leo,Ida,Paul,Nora" \
  --values "thing=a red ball,a blue hat,a golden key,a wooden boat,a warm scarf,a shiny bell,an old book,a round stone,a little lamp,a yellow kite" \
  --temperature 0.7 --repetition-penalty 1.1 --max-tokens 170 --unfinished trim --filter mostRepetition=0.2 --filter leastCharacters=250
