namespace Candor.Inference.Sampling;

/// <summary>
/// How the next token is chosen from the logits. As made, everything is off and the temperature is 1: tokens are drawn from
/// the model's own distribution. <see cref="Validate"/> refuses what lies outside the ranges given here.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>The largest vocabulary, and with it the largest <see cref="TopK"/>, that is taken for meant: 2^24.</summary>
    public const int MaxVocabulary = 1 << 24;

    /// <summary>Always the likeliest token.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>llama.cpp's defaults: temperature 0.8, top-k 40, top-p 0.95, min-p 0.05.</summary>
    public static SamplingOptions Balanced { get; } = new() { Temperature = 0.8, TopK = 40, TopP = 0.95, MinP = 0.05 };

    /// <summary>Divides the logits. 0 to 100; 1 changes nothing, 0 takes the first of the largest (greedy).</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>How far the temperature may move either way with the entropy of the candidates. 0 to 100; 0 is off.</summary>
    public double DynamicTemperatureRange { get; init; }

    /// <summary>The power to which the relative entropy is raised for the dynamic temperature. Above 0, at most 100.</summary>
    public double DynamicTemperatureExponent { get; init; } = 1;

    /// <summary>Keeps so many of the likeliest. 0 to 2^24; 0 is off, more than the vocabulary keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the fewest tokens with so much probability. 0 to 1; 1 is off, 0 keeps the likeliest.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Keeps tokens at least so many times as likely as the likeliest. 0 to 1; 0 is off.</summary>
    public double MinP { get; init; }

    /// <summary>Keeps the most typical tokens with so much probability. 0 to 1; 1 is off.</summary>
    public double TypicalP { get; init; } = 1;

    /// <summary>Keeps logits within so many standard deviations of the largest. 0 to 100; 0 is off.</summary>
    public double TopNSigma { get; init; }

    /// <summary>The chance, drawn for each token, that the top choices are excluded. 0 to 1; 0 is off.</summary>
    public double XtcProbability { get; init; }

    /// <summary>The probability from which a token is a top choice. 0 to 1; above 0.5 XTC has no effect.</summary>
    public double XtcThreshold { get; init; } = 0.1;

    /// <summary>Removes tokens less likely than this. 0 to 1; 0 is off.</summary>
    public double EpsilonCutoff { get; init; }

    /// <summary>Removes tokens less likely than the lesser of this and its root times e^-entropy. 0 to 1; 0 is off.</summary>
    public double EtaCutoff { get; init; }

    /// <summary>
    /// Divides positive and multiplies negative logits of every token in the window, prompt included. Above 0, at most 100;
    /// 1 is off, below 1 favours repetition.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted once for each occurrence of a token. -100 to 100; 0 is off.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Subtracted once from each token that occurs. -100 to 100; 0 is off.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>
    /// Whether <see cref="FrequencyPenalty"/> and <see cref="PresencePenalty"/> count the prompt's tokens too, as llama.cpp
    /// does; false: generated tokens only, as OpenAI and vLLM do.
    /// </summary>
    public bool PenalizePrompt { get; init; }

    /// <summary>How many of the last tokens the three penalties look at. -1 (all) or more; 0 turns them off.</summary>
    public int PenaltyWindow { get; init; } = -1;

    /// <summary>The strength of DRY, which keeps the text from repeating runs of tokens. 0 to 100; 0 is off.</summary>
    public double DryMultiplier { get; init; }

    /// <summary>How DRY's penalty grows with each token of the repeated run. 1 to 100.</summary>
    public double DryBase { get; init; } = 1.75;

    /// <summary>The shortest run before a token that DRY penalises. 1 to 2^20.</summary>
    public int DryAllowedLength { get; init; } = 2;

    /// <summary>How many of the last tokens, prompt included, DRY looks at. -1 (all) or more; 0 turns it off.</summary>
    public int DryWindow { get; init; } = -1;

    /// <summary>Tokens that end every run for DRY; see <see cref="DryBreakers"/>. Ids of the vocabulary.</summary>
    public IReadOnlyCollection<int> DryBreakerTokens { get; init; } = [];

    /// <summary>Forbids repeating any run of so many tokens, prompt included. 0 to 2^20; 0 is off.</summary>
    public int NoRepeatNGram { get; init; }

    /// <summary>Added to the logits of single tokens: ids of the vocabulary; finite numbers, or -Infinity to forbid.</summary>
    public IReadOnlyDictionary<int, double> LogitBias { get; init; } = new Dictionary<int, double>();

    /// <summary>
    /// The weight of classifier-free guidance. 0 to 100; 1 is off. Anything else needs the logits given another prompt beside
    /// the logits proper.
    /// </summary>
    public double GuidanceScale { get; init; } = 1;

    /// <summary>
    /// Whether mirostat 2 takes the place of the cuts (top-k and the others), which must then be off; the temperature comes
    /// before it.
    /// </summary>
    public bool Mirostat { get; init; }

    /// <summary>The surprise, in bits a token, that mirostat aims at. 0 to 100.</summary>
    public double MirostatTau { get; init; } = 5;

    /// <summary>How fast mirostat learns. 0 to 1.</summary>
    public double MirostatEta { get; init; } = 0.1;

    /// <summary>The order of the steps: each at most once; one that is left out must be off.</summary>
    public IReadOnlyList<SamplingStep> Order { get; init; } = SamplingOrder.TemperatureLast;

    /// <summary>
    /// The seed of the draws: the same seed, options and logits give the same tokens on every machine. Null takes one from the
    /// operating system, which <see cref="Sampler.Seed"/> then tells.
    /// </summary>
    public ulong? Seed { get; init; }

    /// <summary>Refuses values outside the ranges given with each option, and options that contradict each other.</summary>
    /// <param name="vocabulary">Tokens of the model, if known: then ids are checked against it.</param>
    /// <exception cref="SamplingOptionException">One is wrong.</exception>
    public void Validate(int? vocabulary = null) => SamplingOptionsCheck.Run(this, vocabulary);
}
