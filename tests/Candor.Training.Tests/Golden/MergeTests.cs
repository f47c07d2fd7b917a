namespace Candor.Training.Tests.Golden;

/// <summary>Merging formulas against PEFT's, in float64.</summary>
public class MergeTests
{
    [Fact]
    public void FormulasMatch()
    {
        using var data = new GoldenFile(Shared.RequireOracle("training", "merging.safetensors"));
        double density = Bases.Json("merging.json").GetProperty("density").GetDouble();
        double[][] tasks = [.. Enumerable.Range(0, 3).Select(i => data.Doubles($"task{i}"))];
        double[] weights = data.Doubles("weights"), keep = data.Doubles("dare.keep");
        int count = tasks[0].Length;
        Same("linear", MergeFormulas.Linear(tasks, weights));
        for (int i = 0; i < 3; i++) Same($"pruned{i}", MergeFormulas.Prune(tasks[i], density));
        Same("magnitude_prune", MergeFormulas.Linear([.. tasks.Select(t => MergeFormulas.Prune(t, density))], weights));
        Same("ties.total", MergeFormulas.Ties(tasks, weights, density));
        Same("ties.frequency", MergeFormulas.Ties(tasks, weights, density, byCount: true));
        Same("dare_linear", MergeFormulas.Dare(tasks, weights, density, (t, i) => keep[(t * count) + i] != 0));
        Same("slerp.0.3", MergeFormulas.Slerp(tasks[0], tasks[1], 0.3));
        GoldenTable.Passed("training", "merging", "formulas");

        void Same(string key, double[] ours)
        {
            double[] expected = data.Doubles(key);
            for (int i = 0; i < count; i++) Assert.Equal(expected[i], ours[i], 1e-9);
        }
    }
}
