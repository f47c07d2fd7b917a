using System.Numerics.Tensors;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>Changes weights by their gradients, and keeps what it needs from step to step beside each. Not thread-safe; it uses the model's threads.</summary>
public abstract unsafe class Optimizer : IDisposable
{
    /// <summary>Elements that a thread takes at a time.</summary>
    private protected const int ChunkElements = 1 << 14;

    private readonly List<(Parameter Weight, NativeBuffer State)> states = [];
    private readonly ParameterSet? weights;

    private protected Optimizer(IEnumerable<Parameter> parameters, ParameterSet? weights, Pass pass, OptimizerOptions options)
    {
        (this.weights, Pass, Options) = (weights, pass, options);
        foreach (Parameter p in parameters) states.Add((p, new NativeBuffer((StateBytes(p) + 3) / 4 * 4)));
    }

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    private protected OptimizerOptions Options { get; }

    private protected Pass Pass { get; }

    /// <summary>An optimizer for all that trains in a model.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">The settings ask for what the kind does not do.</exception>
    public static Optimizer Of(OptimizerKind kind, TrainingModel model, OptimizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Of(kind, model.Trained, model.Parameters, model.Pass, options ?? new OptimizerOptions());
    }

    /// <summary>The length of all gradients together.</summary>
    public double GradientNorm()
    {
        double sum = 0;
        foreach ((Parameter p, _) in states)
            for (int from = 0; from < p.Count; from += ChunkElements)
                sum += TensorPrimitives.SumOfSquares<float>(p.Gradients.Slice(from, (int)Math.Min(ChunkElements, p.Count - from)));
        return Math.Sqrt(sum);
    }

    /// <summary>Changes the weights by their gradients.</summary>
    /// <param name="rate">The learning rate of this step.</param>
    /// <param name="gradientFactor">Factor on the gradients: what clipping leaves of them. Default 1.</param>
    public void Step(double rate, double gradientFactor = 1)
    {
        Steps++;
        foreach ((Parameter p, NativeBuffer state) in states)
        {
            double own = rate * (Options.RateFactor?.Invoke(p) ?? 1), decay = Options.Decays?.Invoke(p) ?? true ? Options.WeightDecay : 0;
            Update(p, state.Pointer, new StepConstants(own, decay, gradientFactor, weights?.Offset(p.Role) ?? 0));
        }
    }

    /// <summary>
    /// Puts the weights to measure and to keep in the place of those in training, or back. They are the same but for
    /// <see cref="OptimizerKind.ScheduleFree"/>.
    /// </summary>
    /// <param name="keep">Whether those to keep are wanted.</param>
    public void Exchange(bool keep)
    {
        foreach ((Parameter p, NativeBuffer state) in states) Exchange(p, state.Pointer, keep);
    }

    /// <summary>What is kept beside each parameter, as raw numbers. For checkpoints.</summary>
    public IEnumerable<(Parameter Parameter, Memory<float> State)> Save() => states.Select(s => (s.Weight, (Memory<float>)s.State.AsSpan<float>()[..Floats(s.Weight)].ToArray()));

    /// <summary>Takes up where <see cref="Save"/> left off.</summary>
    /// <param name="steps">Steps taken by then.</param>
    /// <param name="state">What was kept beside a parameter, by its name.</param>
    public void Restore(int steps, Func<string, float[]> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Steps = steps;
        foreach ((Parameter p, NativeBuffer buffer) in states) state(p.Name).CopyTo(buffer.AsSpan<float>());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, NativeBuffer state) in states) state.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static Optimizer Of(OptimizerKind kind, IEnumerable<Parameter> parameters, ParameterSet? weights, Pass pass, OptimizerOptions options) => kind switch
    {
        not OptimizerKind.AdamW when options.Amsgrad => throw new ArgumentException("only AdamW keeps the largest squares (Amsgrad)", nameof(options)),
        OptimizerKind.AdamW8Bit => new AdamW8Bit(parameters, weights, pass, options),
        OptimizerKind.Muon => new Muon(parameters, weights, pass, options),
        OptimizerKind.ScheduleFree => new ScheduleFree(parameters, weights, pass, options),
        OptimizerKind.Lion => new Lion(parameters, weights, pass, options),
        OptimizerKind.Adafactor => new Adafactor(parameters, weights, pass, options),
        OptimizerKind.Sgd => new Sgd(parameters, weights, pass, options),
        _ => new AdamW(parameters, weights, pass, options),
    };

    /// <summary>Bytes to keep beside a parameter; they begin as zeros.</summary>
    private protected abstract long StateBytes(Parameter p);

    /// <summary>Puts a parameter's other values in place.</summary>
    private protected virtual void Exchange(Parameter p, byte* state, bool keep)
    {
    }

    /// <summary>One step of one parameter.</summary>
    private protected abstract void Update(Parameter p, byte* state, StepConstants step);

    /// <summary>Runs over a parameter's elements on all threads.</summary>
    private protected void Each(Parameter p, Action<int, int> body)
    {
        int count = checked((int)p.Count);
        Pass.Run((count + ChunkElements - 1) / ChunkElements, 1, (begin, end, _) => body(begin * ChunkElements, Math.Min(count, end * ChunkElements)));
    }

    private int Floats(Parameter p) => checked((int)((StateBytes(p) + 3) / 4));
}

/// <summary>What a step gives for one parameter.</summary>
/// <param name="Rate">Learning rate.</param>
/// <param name="Decay">Decay before the rate.</param>
/// <param name="Gradient">Factor on the gradient.</param>
/// <param name="Offset">What the weight is pulled towards.</param>
internal readonly record struct StepConstants(double Rate, double Decay, double Gradient, float Offset);
