using System.Globalization;
using Candor.Cli.Common;
using Candor.Formats;

namespace Candor.Cli.Commands;

/// <summary>One weight: its numbers summed up, drawn as a histogram, or written out.</summary>
internal static class TensorReport
{
    private const int Bins = 20, BarWidth = 50;

    public static void Write(InspectedFile file, string name, string? output, bool json)
    {
        if (!file.Store.Tensors.TryGetValue(name, out StoredTensor? tensor))
        {
            string near = file.Store.Tensors.Keys.FirstOrDefault(k => k.Contains(name, StringComparison.OrdinalIgnoreCase)) is { } k ? $"; did you mean '{k}'?" : "; --tensors lists them";
            throw new CliException($"{file.Store.Path}: there is no tensor '{name}'{near}");
        }

        float[] values = TensorReader.ToArray(tensor);
        if (output is not null) SafetensorsWriter.Write(output, [TensorSource.From(name, tensor.Shape, values)]);
        Statistics s = Statistics.Of(values);
        if (json) Report(tensor, s);
        else Print(tensor, s);
    }

    private static void Report(StoredTensor tensor, Statistics s) => JsonOutput.Write(w =>
    {
        w.WriteStartObject();
        w.WriteString("name", tensor.Name);
        w.WriteString("type", Candor.Tensors.ElementTypes.Name(tensor.Type));
        w.WriteStartArray("shape");
        foreach (long d in tensor.Shape) w.WriteNumberValue(d);
        w.WriteEndArray();
        w.WriteNumber("count", tensor.ElementCount);
        JsonOutput.WriteNumber(w, "min", s.Least);
        JsonOutput.WriteNumber(w, "max", s.Greatest);
        JsonOutput.WriteNumber(w, "mean", s.Mean);
        JsonOutput.WriteNumber(w, "std", s.Deviation);
        w.WriteNumber("non_finite", s.NonFinite);
        w.WriteStartArray("histogram");
        for (int i = 0; i < s.Counts.Length; i++)
        {
            w.WriteStartObject();
            JsonOutput.WriteNumber(w, "from", s.Edge(i));
            JsonOutput.WriteNumber(w, "to", s.Edge(i + 1));
            w.WriteNumber("count", s.Counts[i]);
            w.WriteEndObject();
        }

        w.WriteEndArray();
        w.WriteEndObject();
    });

    private static void Print(StoredTensor tensor, Statistics s)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        Console.Out.WriteLine(string.Create(c, $"{tensor.Name}: {Candor.Tensors.ElementTypes.Name(tensor.Type)} [{string.Join(", ", tensor.Shape)}], {tensor.ElementCount} elements"));
        Console.Out.WriteLine(string.Create(c, $"least {s.Least:g6}, greatest {s.Greatest:g6}, mean {s.Mean:g6}, deviation {s.Deviation:g6}"));
        if (s.NonFinite > 0) Console.Out.WriteLine(string.Create(c, $"{s.NonFinite} elements are not finite numbers"));
        long most = Math.Max(1, s.Counts.Length == 0 ? 1 : s.Counts.Max());
        for (int i = 0; i < s.Counts.Length; i++)
            Console.Out.WriteLine(string.Create(c, $"{s.Edge(i),12:g4} {new string('#', (int)(s.Counts[i] * BarWidth / most)),-BarWidth} {s.Counts[i]}"));
    }

    private sealed record Statistics(double Least, double Greatest, double Mean, double Deviation, long NonFinite, long[] Counts)
    {
        public double Edge(int bin) => Least + (Greatest - Least) * bin / Bins;

        public static Statistics Of(float[] values)
        {
            double least = double.PositiveInfinity, greatest = double.NegativeInfinity, sum = 0, squares = 0;
            long finite = 0;
            foreach (float v in values)
            {
                if (!float.IsFinite(v)) continue;
                finite++;
                least = Math.Min(least, v);
                greatest = Math.Max(greatest, v);
                sum += v;
            }

            if (finite == 0) return new Statistics(double.NaN, double.NaN, double.NaN, double.NaN, values.Length, []);
            double mean = sum / finite;
            var counts = new long[Bins];
            foreach (float v in values)
            {
                if (!float.IsFinite(v)) continue;
                squares += (v - mean) * (v - mean);
                int bin = greatest > least ? (int)((v - least) / (greatest - least) * Bins) : 0;
                counts[Math.Min(bin, Bins - 1)]++;
            }

            return new Statistics(least, greatest, mean, Math.Sqrt(squares / finite), values.Length - finite, counts);
        }
    }
}
