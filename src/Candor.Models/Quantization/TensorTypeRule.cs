using System.Text.RegularExpressions;
using Candor.Kernels;
using Candor.Tensors;

namespace Candor.Models.Quantization;

/// <summary>A type for the matrices of some names, whatever the mixture has for them.</summary>
public sealed class TensorTypeRule
{
    private readonly Regex expression;

    /// <summary>Makes a rule.</summary>
    /// <param name="pattern">A regular expression that is found in the names of its tensors, as in <c>ffn_down</c> or <c>blk\.[0-3]\.</c>. It is matched without backtracking.</param>
    /// <param name="type">A type that GGUF files hold and <see cref="Quantizer.CanWrite"/> accepts.</param>
    /// <exception cref="QuantizationPlanException">The pattern cannot be read, or the type cannot be written.</exception>
    public TensorTypeRule(string pattern, ElementType type)
    {
        if (!Quantizer.CanWrite(type) || !type.IsGguf()) throw new QuantizationPlanException($"{type.Name()} is no type that can be written");
        (Pattern, Type) = (pattern, type);
        try
        {
            expression = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new QuantizationPlanException($"{pattern}: {e.Message}");
        }
    }

    /// <summary>The pattern.</summary>
    public string Pattern { get; }

    /// <summary>The type.</summary>
    public ElementType Type { get; }

    /// <summary>Reads <c>PATTERN=TYPE</c>, the type in any case.</summary>
    /// <exception cref="QuantizationPlanException">It is no such pair, or as for the constructor.</exception>
    public static TensorTypeRule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int equals = text.LastIndexOf('=');
        string name = text[(equals + 1)..];
        if (equals < 1 || name.Length == 0 || char.IsAsciiDigit(name[0]) || !Enum.TryParse(name, ignoreCase: true, out ElementType type))
            throw new QuantizationPlanException($"{text}: PATTERN=TYPE is possible, as in ffn_down=Q6_K");
        return new TensorTypeRule(text[..equals], type);
    }

    /// <summary>Whether it is for a tensor of this name.</summary>
    public bool Suits(string tensor) => expression.IsMatch(tensor);

    /// <inheritdoc/>
    public override string ToString() => $"{Pattern}={Type.Name()}";
}
