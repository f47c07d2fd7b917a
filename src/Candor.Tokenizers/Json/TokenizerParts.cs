using Candor.Tokenizers.Decoders;
using Candor.Tokenizers.Models;
using Candor.Tokenizers.Normalizers;
using Candor.Tokenizers.PostProcessors;
using Candor.Tokenizers.PreTokenization;

namespace Candor.Tokenizers.Json;

/// <summary>All that a pipeline is made of.</summary>
internal sealed record TokenizerParts
{
    /// <summary>Where it was read, for messages.</summary>
    public required string Source { get; init; }

    /// <summary>The model.</summary>
    public required TokenModel Model { get; init; }

    /// <summary>Added tokens, in their order.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>The normalizer, if any.</summary>
    public Normalizer? Normalizer { get; init; }

    /// <summary>The pre-tokenizer, if any.</summary>
    public PreTokenizer? PreTokenizer { get; init; }

    /// <summary>The post-processor, if any.</summary>
    public PostProcessor? PostProcessor { get; init; }

    /// <summary>The decoder, if any.</summary>
    public TokenDecoder? Decoder { get; init; }

    /// <summary>Truncation, if asked for.</summary>
    public Truncation? Truncation { get; init; }

    /// <summary>Padding, if asked for.</summary>
    public Padding? Padding { get; init; }
}
