namespace Candor.Inference.Sampling;

/// <summary>
/// The logits are not something to choose a token from: NaN or +Infinity among them (broken weights, an overflow in the model's
/// arithmetic), or no token left that may be chosen. Nothing was sampled and the sampler's state is as it was.
/// </summary>
public sealed class NumericException : ArithmeticException
{
    /// <summary>States what is wrong.</summary>
    /// <param name="message">One line: where, what was found, what was expected.</param>
    /// <param name="tokenId">The first token whose logit is wrong, or -1 where no single token is to blame.</param>
    public NumericException(string message, int tokenId = -1)
        : base(message) => TokenId = tokenId;

    /// <summary>The first token whose logit is wrong, or -1 where no single token is to blame.</summary>
    public int TokenId { get; }

    internal static NumericException NotFinite(int token, float value) =>
        new($"the logit of token {token} is {(float.IsNaN(value) ? "NaN" : "+Infinity")}, expected a finite number (or -Infinity for a forbidden token): the model's weights or its arithmetic are broken", token);

    internal static NumericException NothingLeft() =>
        new("no token is left to choose: every logit is -Infinity, or what was finite has been forbidden by a bias or by the no-repeat rule");
}
