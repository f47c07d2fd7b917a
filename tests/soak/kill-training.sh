#!/bin/sh
# Kills a training run at random moments, again and again, lets it end, and compares its weights with those of a run that was
# left alone. Usage: tests/soak/kill-training.sh CANDOR [KILLS] [FOLDER]; CANDOR is the published or built command.
set -eu
candor=$(realpath "$1")
kills=${2:-200}
folder=${3:-$(mktemp -d)}
mkdir -p "$folder"
cd "$folder"

i=0
while [ $i -lt 400 ]; do
    echo "{\"text\": \"Hen number $i laid $((i * 7 % 13)) eggs, and the fox counted $((i * 5 % 11)) of them.\"}"
    i=$((i + 1))
done > text.jsonl
cat > recipe.json <<'JSON'
{
  "model": {
    "config": {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 24,
      "intermediate_size": 96, "hidden_act": "silu", "max_position_embeddings": 128, "rope_theta": 10000.0, "rms_norm_eps": 1e-05, "tie_word_embeddings": true},
    "tokenizer": {"vocabulary": 320}
  },
  "data": {"train": ["text.jsonl"]},
  "optimizer": {"rate": 1e-3, "warmUp": 10},
  "steps": 10000, "stepTokens": 256, "batchTokens": 256, "length": 64, "checkpointEvery": 10, "validateEvery": 10000,
  "output": "alone"
}
JSON

"$candor" train recipe.json > alone.log 2>&1
echo "undisturbed: $(sha256sum < alone/model.safetensors)"

killed=0
seed=1
while [ $killed -lt "$kills" ]; do
    "$candor" train recipe.json --output killed > killed.log 2>&1 &
    pid=$!
    # 0.4 to 3.4 seconds: from before the first step of this life to some hundred steps later.
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    sleep "$(awk "BEGIN { print 0.4 + ($seed / 65536 % 3000) / 1000 }")"
    if kill -9 $pid 2> /dev/null; then killed=$((killed + 1)); fi
    wait $pid 2> /dev/null || true
    if [ -f killed/training.json ]; then
        echo "the run ended after $killed kills: it is too short for $kills" >&2
        exit 1
    fi
done
reached=$(ls killed/checkpoint 2> /dev/null | grep -v part | tail -1 || true)
if [ -z "$reached" ]; then
    echo "killed $killed times, and never came as far as a checkpoint: this machine is too slow for these pauses" >&2
    exit 1
fi
echo "killed $killed times, last beyond $reached"
"$candor" train recipe.json --output killed > killed.log 2>&1
echo "killed:      $(sha256sum < killed/model.safetensors)"
cmp alone/model.safetensors killed/model.safetensors && echo "the weights are the same"
