using System.Text;
using Candor.Formats;

namespace Candor.Testing;

/// <summary>A small random LLaMA with a byte-level tokenizer and a chat template, written by Candor's own writers: for tests that need a whole model and no reference data.</summary>
public static class SmallModel
{
    public const int Hidden = 32, Layers = 2, Heads = 4, KeyValueHeads = 2, Inner = 64, Vocabulary = 262;

    /// <summary>Writes it as a Hugging Face folder.</summary>
    public static void WriteFolder(string path, int seed = 1)
    {
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "config.json"), $$"""
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": {{Vocabulary}}, "hidden_size": {{Hidden}}, "num_hidden_layers": {{Layers}},
             "num_attention_heads": {{Heads}}, "num_key_value_heads": {{KeyValueHeads}}, "intermediate_size": {{Inner}}, "max_position_embeddings": 128,
             "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": false, "torch_dtype": "float32", "bos_token_id": 256, "eos_token_id": 258}
            """);
        File.WriteAllText(Path.Combine(path, "tokenizer.json"), Tokenizer());
        File.WriteAllText(Path.Combine(path, "tokenizer_config.json"), """{"bos_token": "<|begin|>", "eos_token": "<|end|>"}""");
        File.WriteAllText(Path.Combine(path, "chat_template.jinja"), "{% for message in messages %}{{ '<|' + message.role + '|>' + message.content + '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}");
        var random = new Random(seed);
        var tensors = new List<TensorSource>();
        void Add(string name, params long[] shape)
        {
            var values = new float[shape.Aggregate((a, b) => a * b)];
            for (int i = 0; i < values.Length; i++) values[i] = shape.Length == 1 ? 1 + (float)((random.NextDouble() - 0.5) * 0.2) : (float)((random.NextDouble() - 0.5) * 0.6);
            tensors.Add(TensorSource.From(name, [.. shape], values));
        }

        Add("model.embed_tokens.weight", Vocabulary, Hidden);
        for (int i = 0; i < Layers; i++)
        {
            string layer = $"model.layers.{i}.";
            int key = Hidden / Heads * KeyValueHeads;
            Add(layer + "input_layernorm.weight", Hidden);
            Add(layer + "self_attn.q_proj.weight", Hidden, Hidden);
            Add(layer + "self_attn.k_proj.weight", key, Hidden);
            Add(layer + "self_attn.v_proj.weight", key, Hidden);
            Add(layer + "self_attn.o_proj.weight", Hidden, Hidden);
            Add(layer + "post_attention_layernorm.weight", Hidden);
            Add(layer + "mlp.gate_proj.weight", Inner, Hidden);
            Add(layer + "mlp.up_proj.weight", Inner, Hidden);
            Add(layer + "mlp.down_proj.weight", Hidden, Inner);
        }

        Add("model.norm.weight", Hidden);
        Add("lm_head.weight", Vocabulary, Hidden);
        SafetensorsWriter.Write(Path.Combine(path, "model.safetensors"), tensors, new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Bytes, one merge, and four control tokens.</summary>
    private static string Tokenizer()
    {
        var vocabulary = new StringBuilder();
        int unseen = 0;
        for (int b = 0; b < 256; b++)
        {
            // The alphabet of byte-level BPE: printable bytes stand for themselves, the others for what follows 255.
            bool printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            char sign = (char)(printable ? b : 256 + unseen++);
            vocabulary.Append(System.Globalization.CultureInfo.InvariantCulture, $"\"\\u{(int)sign:x4}\": {b}, ");
        }

        string added = string.Join(", ", new[] { "<|begin|>", "<|user|>", "<|end|>", "<|assistant|>", "<|system|>" }.Select((t, i) =>
            $$"""{"id": {{256 + i}}, "content": "{{t}}", "special": true, "lstrip": false, "rstrip": false, "single_word": false, "normalized": false}"""));
        return $$"""
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [{{added}}], "normalizer": null,
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}, "post_processor": null,
             "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
             "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
                       "vocab": { {{vocabulary}}"he": 261}, "merges": ["h e"]} }
            """;
    }
}
