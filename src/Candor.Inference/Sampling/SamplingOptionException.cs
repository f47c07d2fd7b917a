using System.Globalization;

namespace Candor.Inference.Sampling;

/// <summary>An option for sampling or stopping lies outside its range, or contradicts another.</summary>
public sealed class SamplingOptionException : ArgumentException
{
    /// <summary>Names the option and what is wrong with it.</summary>
    /// <param name="option">The name of the property, such as <c>TopK</c>.</param>
    /// <param name="message">One line: the option, what was found, what was expected.</param>
    public SamplingOptionException(string option, string message)
        : base(message) => Option = option;

    /// <summary>The name of the property, such as <c>TopK</c>.</summary>
    public string Option { get; }

    /// <summary>Refuses what is not within both bounds; NaN never is.</summary>
    internal static void Within(string option, double value, double least, double most)
    {
        if (!(value >= least && value <= most)) throw Outside(option, value, $"a number from {Text(least)} to {Text(most)}");
    }

    /// <summary>Refuses what is not above <paramref name="bound"/> and at most <paramref name="most"/>; NaN never is.</summary>
    internal static void Above(string option, double value, double bound, double most)
    {
        if (!(value > bound && value <= most)) throw Outside(option, value, $"a number above {Text(bound)}, at most {Text(most)}");
    }

    internal static SamplingOptionException Outside(string option, double value, string expected) =>
        new(option, $"{option} is {Text(value)}, expected {expected}");

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
