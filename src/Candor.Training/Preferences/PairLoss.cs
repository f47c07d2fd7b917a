using static Candor.Training.Sigmoids;

namespace Candor.Training;

/// <summary>One answer's part in a pair: the sums of ln p over its tokens.</summary>
/// <param name="Policy">Under the model in training.</param>
/// <param name="Reference">Under the reference model; 0 where there is none.</param>
/// <param name="Tokens">Tokens of the answer.</param>
public readonly record struct AnswerScore(double Policy, double Reference, int Tokens)
{
    /// <summary>How far the model has gone from the reference.</summary>
    public double Ratio => Policy - Reference;
}

/// <summary>A pair's loss, and its derivatives by the two sums of ln p.</summary>
/// <param name="Loss">The loss, without the likelihood that some objectives add.</param>
/// <param name="Better">By the better answer's sum.</param>
/// <param name="Worse">By the worse answer's sum.</param>
public readonly record struct PairResult(double Loss, double Better, double Worse);

/// <summary>The formulas of objectives over pairs, in float64; the sources stand at <see cref="PreferenceKind"/>.</summary>
public static class PairLoss
{
    /// <summary>The loss of one pair.</summary>
    public static PairResult Of(PreferenceOptions options, AnswerScore better, AnswerScore worse)
    {
        ArgumentNullException.ThrowIfNull(options);
        double beta = options.Beta, a = better.Ratio, b = worse.Ratio, own = 1.0 / better.Tokens, other = 1.0 / worse.Tokens;
        switch (options.Kind)
        {
            case PreferenceKind.Dpo:
            case PreferenceKind.Cpo:
                return Margin(Smoothed(beta * (a - b), options.LabelSmoothing), beta, 1, 1);
            case PreferenceKind.DpoNormalized:
                return Margin(Smoothed(beta * ((a * own) - (b * other)), options.LabelSmoothing), beta, own, other);
            case PreferenceKind.Simpo:
                return Margin(Smoothed((beta * ((a * own) - (b * other))) - options.Gamma, options.LabelSmoothing), beta, own, other);
            case PreferenceKind.Robust:
            {
                double e = options.LabelSmoothing, x = beta * (a - b);
                double loss = ((-(1 - e) * LogSigmoid(x)) + (e * LogSigmoid(-x))) / (1 - (2 * e));
                return Margin((loss, ((-(1 - e) * Sigmoid(-x)) - (e * Sigmoid(x))) / (1 - (2 * e))), beta, 1, 1);
            }

            case PreferenceKind.Exo:
            {
                double e = options.LabelSmoothing, x = beta * (a - b), p = Sigmoid(x), q = Sigmoid(-x);
                double up = LogSigmoid(x) - Math.Log(1 - e), down = LogSigmoid(-x) - Math.Log(e);
                return Margin(((p * up) + (q * down), p * q * (up - down)), beta, 1, 1);
            }

            case PreferenceKind.Hinge:
            {
                double room = 1 - (beta * (a - b));
                return Margin((Math.Max(0, room), room > 0 ? -1 : 0), beta, 1, 1);
            }

            case PreferenceKind.Ipo:
            {
                double x = (a * own) - (b * other) - (1 / (2 * beta));
                return Margin((x * x, 2 * x), 1, own, other);
            }

            case PreferenceKind.Nca:
                return new PairResult(
                    -LogSigmoid(beta * a) - (0.5 * LogSigmoid(-beta * a)) - (0.5 * LogSigmoid(-beta * b)),
                    beta * ((0.5 * Sigmoid(beta * a)) - Sigmoid(-beta * a)), 0.5 * beta * Sigmoid(beta * b));
            case PreferenceKind.Sppo:
            {
                double x = a - (0.5 / beta), y = b + (0.5 / beta);
                return new PairResult((x * x) + (y * y), 2 * x, 2 * y);
            }

            case PreferenceKind.ApoZero:
                return new PairResult(1 - Sigmoid(beta * a) + Sigmoid(beta * b), -beta * Slope(beta * a), beta * Slope(beta * b));
            case PreferenceKind.ApoDown:
            {
                double margin = beta * Slope(beta * (a - b));
                return new PairResult(Sigmoid(beta * a) + 1 - Sigmoid(beta * (a - b)), (beta * Slope(beta * a)) - margin, margin);
            }

            default:
            {
                // ln odds of mean probabilities: m − ln(1 − exp m), whose slope is 1 / (1 − exp m).
                double m = better.Policy * own, n = worse.Policy * other, odds = m - n - (Log1MinusExp(m) - Log1MinusExp(n)), slope = -beta * Sigmoid(-odds);
                return new PairResult(-beta * LogSigmoid(odds), slope * own / (1 - Math.Exp(m)), -slope * other / (1 - Math.Exp(n)));
            }
        }
    }

    private static (double Loss, double Slope) Smoothed(double x, double e) =>
        ((-(1 - e) * LogSigmoid(x)) - (e * LogSigmoid(-x)), (-(1 - e) * Sigmoid(-x)) + (e * Sigmoid(x)));

    private static PairResult Margin((double Loss, double Slope) of, double beta, double own, double other) => new(of.Loss, of.Slope * beta * own, -of.Slope * beta * other);

    private static double Slope(double x) => Sigmoid(x) * Sigmoid(-x);

    private static double Log1MinusExp(double x) => Math.Log(1 - Math.Exp(x));
}
