namespace Candor.Training.Tests.Runs;

/// <summary>What recipes of tests share: the smallest model that learns, and a chat template that marks answers.</summary>
internal static class Tiny
{
    public const string Template = "{% for m in messages %}{% if m.role == 'assistant' %}<|im_start|>assistant\n{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}\n{% else %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    /// <summary>The field <c>model</c> of a recipe, for a file <c>template.jinja</c> beside it.</summary>
    public const string Model = """
        {
          "config": {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
            "intermediate_size": 64, "hidden_act": "silu", "max_position_embeddings": 128, "rope_theta": 10000.0, "rms_norm_eps": 1e-05, "tie_word_embeddings": true},
          "tokenizer": {"vocabulary": 300},
          "chatTemplate": "template.jinja"
        }
        """;
}
