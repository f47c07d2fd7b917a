using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Candor.Inference.Sampling;

/// <summary>
/// Chooses tokens as <see cref="SamplingOptions"/> say. One sampler serves one text at a time: it holds the generator's place,
/// mirostat's state and the buffers, which are made once, so that choosing allocates nothing. Not thread-safe.
/// Probabilities are formed in double, and by arithmetic that gives the same bits on every machine.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingOptions _options;
    private readonly SamplingChain _chain;
    private Xoshiro256 _random;
    private double _mu;

    /// <summary>Makes a sampler for a model.</summary>
    /// <param name="options">Checked here; see <see cref="SamplingOptions.Validate"/>.</param>
    /// <param name="vocabulary">How many logits a row has, 1 to 2^24.</param>
    /// <exception cref="SamplingOptionException">An option is out of its range, or names a token that is not of the vocabulary.</exception>
    public Sampler(SamplingOptions options, int vocabulary)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabulary, SamplingOptions.MaxVocabulary);
        options.Validate(vocabulary);
        _options = options;
        _chain = new SamplingChain(options, vocabulary);
        Vocabulary = vocabulary;
        Span<byte> entropy = stackalloc byte[8];
        RandomNumberGenerator.Fill(entropy);
        Seed = options.Seed ?? BinaryPrimitives.ReadUInt64LittleEndian(entropy);
        Reset();
    }

    /// <summary>How many logits a row has.</summary>
    public int Vocabulary { get; }

    /// <summary>The seed in use: the given one, or the one taken from the operating system.</summary>
    public ulong Seed { get; }

    /// <summary>Whether the logits given another prompt are needed beside the logits proper.</summary>
    public bool NeedsUnconditional => _options.GuidanceScale != 1;

    /// <summary>What is carried from token to token; putting it back repeats the draws from there.</summary>
    public SamplerState State
    {
        get => new() { Random = _random, Mu = _mu };
        set => (_random, _mu) = (value.Random, value.Mu);
    }

    /// <summary>Back to the state at birth: the same draws again.</summary>
    public void Reset()
    {
        _random = Xoshiro256.FromSeed(Seed);
        _mu = 2 * _options.MirostatTau;
    }

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">The model's logits for the next place, [vocabulary]; -Infinity forbids a token.</param>
    /// <param name="history">The prompt's tokens and those generated so far, for the penalties. Ids that are not of the vocabulary are passed over.</param>
    /// <param name="promptLength">How many of them are the prompt's.</param>
    /// <returns>The token's id.</returns>
    /// <exception cref="NumericException">NaN or +Infinity among the logits, or no token left. The state is unchanged.</exception>
    /// <exception cref="ArgumentException">The row is not as long as the vocabulary, or the options ask for guidance.</exception>
    public int Sample(ReadOnlySpan<float> logits, ReadOnlySpan<int> history, int promptLength) =>
        Sample(logits, default, history, promptLength);

    /// <summary>Chooses the next token with classifier-free guidance.</summary>
    /// <param name="logits">The model's logits for the next place, [vocabulary].</param>
    /// <param name="unconditional">The logits given the other prompt, [vocabulary]; empty where the options do not ask for guidance.</param>
    /// <param name="history">As in the other overload.</param>
    /// <param name="promptLength">As in the other overload.</param>
    /// <inheritdoc cref="Sample(ReadOnlySpan{float}, ReadOnlySpan{int}, int)"/>
    public int Sample(ReadOnlySpan<float> logits, ReadOnlySpan<float> unconditional, ReadOnlySpan<int> history, int promptLength)
    {
        CheckArguments(logits, unconditional, history, promptLength);
        if (_chain.IsArgMax) return RawLogits.ArgMax(logits);

        Xoshiro256 random = _random;
        bool exclude = _chain.Excludes && random.NextDouble() < _options.XtcProbability;
        _chain.Run(logits, unconditional, history, promptLength, exclude, _mu);
        Candidates candidates = _chain.Candidates;
        double probability = 1;
        int index = candidates.Count == 1 ? 0 : Draw.Pick(candidates, random.NextDouble(), out probability);
        if (_options.Mirostat) _mu = Mirostat.Next(_mu, _options.MirostatTau, _options.MirostatEta, probability);
        _random = random;
        return candidates.Id(index);
    }

    /// <summary>
    /// The distribution that the next call of <see cref="Sample(ReadOnlySpan{float}, ReadOnlySpan{int}, int)"/> draws from, the
    /// chance of XTC included. The state is unchanged.
    /// </summary>
    /// <param name="logits">The model's logits for the next place, [vocabulary].</param>
    /// <param name="history">As for sampling.</param>
    /// <param name="promptLength">As for sampling.</param>
    /// <param name="destination">Receives a probability for each token, [vocabulary]; they sum to 1.</param>
    /// <exception cref="NumericException">NaN or +Infinity among the logits, or no token left.</exception>
    /// <exception cref="ArgumentException">A row is not as long as the vocabulary, or the options ask for guidance.</exception>
    public void Probabilities(ReadOnlySpan<float> logits, ReadOnlySpan<int> history, int promptLength, Span<double> destination) =>
        Probabilities(logits, default, history, promptLength, destination);

    /// <summary>The same with classifier-free guidance.</summary>
    /// <param name="logits">The model's logits for the next place, [vocabulary].</param>
    /// <param name="unconditional">The logits given the other prompt, [vocabulary]; empty where the options do not ask for guidance.</param>
    /// <param name="history">As for sampling.</param>
    /// <param name="promptLength">As for sampling.</param>
    /// <param name="destination">Receives a probability for each token, [vocabulary]; they sum to 1.</param>
    /// <inheritdoc cref="Probabilities(ReadOnlySpan{float}, ReadOnlySpan{int}, int, Span{double})"/>
    public void Probabilities(ReadOnlySpan<float> logits, ReadOnlySpan<float> unconditional, ReadOnlySpan<int> history, int promptLength, Span<double> destination)
    {
        CheckArguments(logits, unconditional, history, promptLength);
        if (destination.Length != Vocabulary)
            throw new ArgumentException($"the destination holds {destination.Length} numbers, expected the vocabulary's {Vocabulary}", nameof(destination));
        destination.Clear();
        double exclusion = _chain.Excludes ? _options.XtcProbability : 0;
        if (exclusion < 1) Add(false, 1 - exclusion, logits, unconditional, history, promptLength, destination);
        if (exclusion > 0) Add(true, exclusion, logits, unconditional, history, promptLength, destination);
    }

    private void Add(bool exclude, double share, ReadOnlySpan<float> logits, ReadOnlySpan<float> unconditional, ReadOnlySpan<int> history, int promptLength, Span<double> destination)
    {
        _chain.Run(logits, unconditional, history, promptLength, exclude, _mu);
        Candidates candidates = _chain.Candidates;
        Span<double> weights = candidates.Scratch[..candidates.Count];
        double sum = PortableMath.Exp(candidates.Logits, PortableMath.Max(candidates.Logits), weights);
        for (int i = 0; i < weights.Length; i++) destination[candidates.Id(i)] += share * (weights[i] / sum);
    }

    private void CheckArguments(ReadOnlySpan<float> logits, ReadOnlySpan<float> unconditional, ReadOnlySpan<int> history, int promptLength)
    {
        if (logits.Length != Vocabulary)
            throw new ArgumentException($"the row has {logits.Length} logits, expected the vocabulary's {Vocabulary}", nameof(logits));
        if (unconditional.Length != (NeedsUnconditional ? Vocabulary : 0))
            throw new ArgumentException($"the row without the prompt has {unconditional.Length} logits, expected {(NeedsUnconditional ? Vocabulary : 0)}", nameof(unconditional));
        if ((uint)promptLength > (uint)history.Length)
            throw new ArgumentOutOfRangeException(nameof(promptLength), $"the prompt has {promptLength} tokens, expected 0 to the history's {history.Length}");
    }
}
