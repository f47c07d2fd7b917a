using System.Text.Json;
using System.Text.RegularExpressions;
using Candor.Formats;

namespace Candor.Cli.Tests.Reports;

/// <summary>Compares what a command did with what a report expects.</summary>
internal static class ReportJudge
{
    /// <summary>What is wrong, or null.</summary>
    public static string? Judge(JsonElement expect, string folder, string run, ShellResult result)
    {
        bool ok = expect.GetProperty("exit").GetString() == "ok";
        if (ok != (result.Code == 0)) return $"exit code {result.Code}: {result.Error.Trim()}";
        if (!ok && (result.Code is < 1 or > 99 || result.Error.Trim().Split('\n').Length != 1 || result.Error.Contains("   at ", StringComparison.Ordinal))) return $"no clear line: {result.Error}";
        foreach (JsonElement mention in Items(expect, "stderr_mentions"))
            if (!result.Error.Contains(mention.GetString()!, StringComparison.OrdinalIgnoreCase)) return $"'{result.Error.Trim()}' does not mention {mention}";
        if (!ok) return File.Exists(Path.Combine(run, "out.gguf")) ? "out.gguf was left behind" : null;
        return Text(expect, result) ?? Numbers(expect, folder, run, result) ?? Lines(expect, result) ?? Generation(expect, result) ?? Inspection(expect, result) ?? Tensors(expect, folder, run);
    }

    private static string? Text(JsonElement expect, ShellResult result)
    {
        if (expect.TryGetProperty("stdout", out JsonElement text) && result.Output != text.GetString() && result.Output != text.GetString() + "\n") return $"printed '{result.Output}' instead of '{text}'";
        if (expect.TryGetProperty("stdout_pattern", out JsonElement pattern) && !Regex.IsMatch(result.Output.TrimEnd('\n'), pattern.GetString()!)) return $"'{result.Output}' does not match {pattern}";
        return null;
    }

    private static string? Numbers(JsonElement expect, string folder, string run, ShellResult result)
    {
        foreach (string key in (string[])["logits", "embeddings"])
        {
            if (!expect.TryGetProperty(key, out JsonElement golden)) continue;
            using var file = new GoldenFile(Path.Combine(folder, golden.GetProperty("file").GetString()!));
            float[] wanted = file.Floats(golden.GetProperty("key").GetString()!), got;
            if (key == "logits")
            {
                using var written = new GoldenFile(Path.Combine(run, "out.safetensors"));
                got = written.Floats("logits");
            }
            else
            {
                got = [.. Objects(result).SelectMany(line => line.EnumerateArray()).Select(x => x.GetSingle())];
            }

            double tolerance = expect.TryGetProperty("tolerance", out JsonElement t) ? t.GetDouble() : 1e-4;
            if (got.Length != wanted.Length) return $"{got.Length} numbers instead of {wanted.Length}";
            double worst = wanted.Zip(got).Max(p => Math.Abs((double)p.First - p.Second));
            if (!(worst <= tolerance)) return $"{key} differ by {worst:g3}";
        }

        return null;
    }

    private static string? Lines(JsonElement expect, ShellResult result)
    {
        foreach (string key in (string[])["ids", "texts"])
        {
            if (!expect.TryGetProperty(key, out JsonElement wanted)) continue;
            string[] got = [.. Objects(result).Select(Plain)], lines = [.. wanted.EnumerateArray().Select(Plain)];
            for (int i = 0; i < Math.Max(got.Length, lines.Length); i++)
                if (got.ElementAtOrDefault(i) != lines.ElementAtOrDefault(i)) return $"line {i}: {got.ElementAtOrDefault(i)} instead of {lines.ElementAtOrDefault(i)}";
        }

        return null;
    }

    private static string? Generation(JsonElement expect, ShellResult result)
    {
        foreach (string key in (string[])["text", "generated_ids", "finish"])
        {
            if (!expect.TryGetProperty(key, out JsonElement wanted)) continue;
            string got = Plain(Objects(result).Last().GetProperty(key));
            if (got != Plain(wanted)) return $"{key} is {got} instead of {Plain(wanted)}";
        }

        return null;
    }

    private static string? Inspection(JsonElement expect, ShellResult result)
    {
        bool typed = expect.TryGetProperty("types", out JsonElement types);
        if (!typed && !expect.TryGetProperty("metadata", out _) && !expect.TryGetProperty("tensors", out _)) return null;
        JsonElement shown = Objects(result).Single();
        foreach (JsonProperty type in typed ? types.EnumerateObject() : default)
        {
            string? got = shown.GetProperty("tensors").TryGetProperty(type.Name, out JsonElement tensor) ? tensor.GetProperty("type").GetString() : null;
            if (got != type.Value.GetString()) return $"{type.Name} is {got} instead of {type.Value}";
        }

        foreach (string key in (string[])["metadata", "tensors"])
        {
            if (!expect.TryGetProperty(key, out JsonElement wanted)) continue;
            if (Under(wanted, shown.TryGetProperty(key, out JsonElement got) ? got : default) is { } fault) return $"{key}{fault}";
        }

        return null;
    }

    /// <summary>What is expected must occur; more may be shown.</summary>
    private static string? Under(JsonElement wanted, JsonElement got)
    {
        if (wanted.ValueKind != JsonValueKind.Object) return got.ValueKind != JsonValueKind.Undefined && Plain(wanted) == Plain(got) ? null : $": {got} instead of {wanted}";
        foreach (JsonProperty member in wanted.EnumerateObject())
        {
            JsonElement inner = got.ValueKind == JsonValueKind.Object && got.TryGetProperty(member.Name, out JsonElement found) ? found : default;
            if (Under(member.Value, inner) is { } fault) return $".{member.Name}{fault}";
        }

        return null;
    }

    private static string? Tensors(JsonElement expect, string folder, string run)
    {
        if (!expect.TryGetProperty("tensor_values", out JsonElement values)) return null;
        using var golden = new GoldenFile(Path.Combine(folder, values.GetProperty("file").GetString()!));
        using GgufFile written = GgufFile.Open(Path.Combine(run, "out.gguf"));
        double tolerance = values.TryGetProperty("tolerance", out JsonElement t) ? t.GetDouble() : 0;
        foreach (string name in values.GetProperty("keys").EnumerateArray().Select(k => k.GetString()!))
        {
            if (!written.Tensors.TryGetValue(name, out StoredTensor? tensor)) return $"there is no tensor {name}";
            if (!golden.Shape(name).AsSpan().SequenceEqual(tensor.Shape.AsSpan())) return $"{name} has shape [{string.Join(", ", tensor.Shape)}]";
            double worst = golden.Floats(name).Zip(TensorReader.ToArray(tensor)).Max(p => Math.Abs((double)p.First - p.Second));
            if (!(worst <= tolerance)) return $"{name} differs by {worst:g3}";
        }

        return null;
    }

    private static IEnumerable<JsonElement> Items(JsonElement element, string key) => element.TryGetProperty(key, out JsonElement list) ? list.EnumerateArray() : Enumerable.Empty<JsonElement>();

    /// <summary>One JSON value, or one a line.</summary>
    private static List<JsonElement> Objects(ShellResult result)
    {
        try
        {
            return [JsonDocument.Parse(result.Output).RootElement];
        }
        catch (JsonException)
        {
            return [.. result.Output.Split('\n').Where(l => l.Trim().Length > 0).Select(l => JsonDocument.Parse(l).RootElement)];
        }
    }

    /// <summary>A value as text that does not depend on spaces, escapes or the spelling of numbers.</summary>
    private static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "[" + string.Join(",", value.EnumerateArray().Select(Plain)) + "]",
        JsonValueKind.Number => ((float)value.GetDouble()).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
