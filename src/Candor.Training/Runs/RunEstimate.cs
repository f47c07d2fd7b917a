using System.Diagnostics;

namespace Candor.Training;

/// <summary>What a run is going to take, or took.</summary>
/// <param name="Seconds">Time, from the first step to the last.</param>
/// <param name="Bytes">Memory of the process at its peak.</param>
/// <param name="Joules">Energy, by the processor's own counter where it can be read, else by the watts that are assumed.</param>
/// <param name="Measured">Whether the energy was, or will be, measured by the processor's counter.</param>
public sealed record RunCost(double Seconds, long Bytes, double Joules, bool Measured);

/// <summary>Energy that the processor counts itself (Intel's and AMD's RAPL, as Linux shows it); absent in most virtual machines.</summary>
public static class EnergyCounter
{
    private const string Folder = "/sys/class/powercap";

    /// <summary>Joules since some moment, of all packages; null where they cannot be read.</summary>
    public static double? Joules()
    {
        try
        {
            string[] packages = Directory.Exists(Folder) ? Directory.GetDirectories(Folder, "intel-rapl:?") : [];
            return packages.Length == 0 ? null : packages.Sum(p => double.Parse(File.ReadAllText(Path.Combine(p, "energy_uj")), System.Globalization.CultureInfo.InvariantCulture) * 1e-6);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }
}

/// <summary>Measures one batch on its way forward and back, and reckons from it what the run will take.</summary>
internal static class RunEstimate
{
    /// <summary>Reckons.</summary>
    /// <param name="task">What is trained for; its place in the data is the same afterwards.</param>
    /// <param name="model">The model; its gradients are cleared.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="steps">Steps that are left.</param>
    /// <param name="watts">Watts that the processor is assumed to take.</param>
    public static RunCost Of(TrainingTask task, TrainingModel model, TrainingRecipe recipe, int steps, double watts)
    {
        (int epoch, int position) = (task.Epoch, task.Position);
        double step = double.MaxValue;
        long first = Stopwatch.GetTimestamp();
        // The first times code is compiled and memory taken.
        for (int i = 0; i < 2 || (i < 10 && Stopwatch.GetElapsedTime(first).TotalSeconds < 1); i++)
        {
            long began = Stopwatch.GetTimestamp();
            double share = task.Trial();
            step = Math.Min(step, Stopwatch.GetElapsedTime(began).TotalSeconds / share);
            task.Seek(epoch, position);
        }

        model.ClearGradients();
        // A measurement goes forward only, which is a third of the work.
        double measured = step * task.ValidTokens / recipe.StepTokens / 3, seconds = (step * steps) + (measured * (1 + (steps / recipe.ValidateEvery)));
        using var process = Process.GetCurrentProcess();
        return new RunCost(seconds, process.WorkingSet64, seconds * watts, EnergyCounter.Joules() is not null);
    }
}
