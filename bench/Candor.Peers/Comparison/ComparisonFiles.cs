using System.Text.Json;
using ScottPlot;

namespace Candor.Peers.Comparison;

/// <summary>Comparisons as files: <c>comparison.json</c> with every run, and a plot of the ratios as PNG and SVG.</summary>
internal static class ComparisonFiles
{
    private const int Width = 1000, BarHeight = 60, Margins = 160;

    public static void Write(string folder, IReadOnlyList<string> conditions, IReadOnlyList<FileComparison> all)
    {
        Directory.CreateDirectory(folder);
        string json = Path.Combine(folder, "comparison.json"), part = json + ".part";
        using (FileStream stream = File.Create(part)) Json(stream, conditions, all);
        File.Move(part, json, true);
        using Plot plot = Draw(all);
        int height = Margins + (BarHeight * all.Count);
        plot.SavePng(Path.Combine(folder, "comparison.png"), Width, height);
        plot.SaveSvg(Path.Combine(folder, "comparison.svg"), Width, height);
    }

    private static void Json(Stream stream, IReadOnlyList<string> conditions, IReadOnlyList<FileComparison> all)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray("conditions");
        foreach (string word in conditions) json.WriteStringValue(word);
        json.WriteEndArray();
        json.WriteStartArray("files");
        foreach (FileComparison comparison in all)
        {
            json.WriteStartObject();
            json.WriteString("file", comparison.File);
            foreach (string engine in comparison.Turns.Names)
            {
                json.WriteStartObject(engine);
                foreach ((string key, _, _) in FileComparison.Measures.Concat(FileComparison.Limits)) Values(json, key, comparison.Values(engine, key));
                foreach ((string key, string of, _) in FileComparison.Shares)
                    if (comparison.Share(engine, key, of) is { } share && double.IsFinite(share)) json.WriteNumber(key, share);
                json.WriteEndObject();
            }

            json.WriteStartObject("ratio");
            foreach ((string key, _, _) in FileComparison.Measures)
                if (comparison.Ratios(key) is { } ratios) Values(json, key, ratios);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Values(Utf8JsonWriter json, string key, Rates rates)
    {
        if (rates.Values.Count == 0 || rates.Values.Any(v => !double.IsFinite(v))) return;
        json.WriteStartObject(key);
        json.WriteNumber("median", rates.Median);
        json.WriteStartArray("runs");
        foreach (double value in rates.Values) json.WriteNumberValue(value);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static Plot Draw(IReadOnlyList<FileComparison> all)
    {
        var plot = new Plot();
        plot.Title($"{all[0].First} beside {all[0].Second}: speed in proportion, median and spread");
        (string Key, string Name, Color Color)[] kinds = [("prefill_tokens_per_second", "prefill", Colors.SteelBlue), ("decode_tokens_per_second", "decode", Colors.DarkOrange)];
        for (int k = 0; k < kinds.Length; k++)
        {
            var bars = new List<Bar>();
            for (int i = 0; i < all.Count; i++)
            {
                if (all[i].Ratios(kinds[k].Key) is not { } ratios) continue;
                double value = all[i].Ratio(kinds[k].Key);
                bars.Add(new Bar
                {
                    Position = -i + (k == 0 ? 0.2 : -0.2), Value = value, Size = 0.36, FillColor = kinds[k].Color, Error = (ratios.Greatest - ratios.Least) / 2,
                    Label = "  " + value.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture),
                });
            }

            if (bars.Count == 0) continue;
            ScottPlot.Plottables.BarPlot drawn = plot.Add.Bars(bars);
            drawn.Horizontal = true;
            drawn.LegendText = kinds[k].Name;
        }

        plot.Add.VerticalLine(1, 1, Colors.Gray);
        plot.Axes.Left.SetTicks([.. Enumerable.Range(0, all.Count).Select(i => -(double)i)], [.. all.Select(c => c.File)]);
        plot.Axes.Margins(left: 0, right: 0.15);
        plot.XLabel($"times {all[0].Second}");
        plot.ShowLegend(Edge.Bottom);
        return plot;
    }
}
