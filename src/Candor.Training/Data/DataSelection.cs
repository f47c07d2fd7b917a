using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Candor.Training;

/// <summary>Which entries count as the same.</summary>
public enum Deduplication
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those whose texts are equal.</summary>
    Exact,

    /// <summary>Those that share most of their words in a row (<see cref="NearDuplicates"/>).</summary>
    Near,
}

/// <summary>What an entry is used for.</summary>
internal enum DataUse
{
    Train,
    Valid,
    General,
}

/// <summary>Why an entry is not used.</summary>
internal enum DropReason
{
    None,
    Filtered,
    Duplicate,
}

/// <summary>An entry of a recipe's files.</summary>
/// <param name="Use">What for.</param>
/// <param name="File">The place of its file among those that the recipe names for this use; entries split off for validation keep that of their training file.</param>
/// <param name="Path">The file as the recipe names it.</param>
/// <param name="Entry">The entry.</param>
/// <param name="Dropped">Why it is left out, if it is.</param>
internal readonly record struct SelectedEntry(DataUse Use, int File, string Path, DataEntry Entry, DropReason Dropped);

/// <summary>
/// Reads a recipe's files and decides about each entry: filters, duplicates, and what is split off for validation. Training texts that
/// equal one of the validation texts are duplicates.
/// </summary>
internal static class DataSelection
{
    /// <summary>All entries, dropped ones included, in an order that never changes.</summary>
    /// <exception cref="TrainingException">A file is missing, or an entry cannot be read.</exception>
    public static IEnumerable<SelectedEntry> Read(RecipeData data, string root)
    {
        var filter = new TextFilter(data.Filter);
        var seen = new Seen(data);
        if (data.Deduplicate != Deduplication.None)
            foreach (SelectedEntry e in Files(data.Valid, DataUse.Valid, root)) seen.Add(Text(e.Entry));
        foreach (SelectedEntry e in Files(data.Train, DataUse.Train, root))
        {
            string text = Text(e.Entry);
            DropReason reason = !filter.Passes(text) ? DropReason.Filtered : seen.Add(text) ? DropReason.None : DropReason.Duplicate;
            yield return e with { Dropped = reason, Use = data.ValidShare > 0 && Share(text) < data.ValidShare ? DataUse.Valid : DataUse.Train };
        }

        foreach (SelectedEntry e in Files(data.Valid, DataUse.Valid, root)) yield return e;
        foreach (SelectedEntry e in Files(data.General, DataUse.General, root)) yield return e;
    }

    /// <summary>The entries that are used.</summary>
    public static IEnumerable<SelectedEntry> Used(RecipeData data, string root) => Read(data, root).Where(e => e.Dropped == DropReason.None);

    private static IEnumerable<SelectedEntry> Files(IReadOnlyList<string> files, DataUse use, string root)
    {
        for (int i = 0; i < files.Count; i++)
            foreach (DataEntry entry in DataFile.Entries(Path.GetFullPath(files[i], root))) yield return new SelectedEntry(use, i, files[i], entry, DropReason.None);
    }

    /// <summary>All texts of an entry, a line each.</summary>
    private static string Text(DataEntry entry)
    {
        if (entry.Json is not { } json) return entry.Text;
        var text = new StringBuilder();
        Append(json, text);
        return text.ToString();
    }

    private static void Append(JsonElement json, StringBuilder text)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                text.Append(text.Length > 0 ? "\n" : "").Append(json.GetString());
                break;
            case JsonValueKind.Array:
                foreach (JsonElement e in json.EnumerateArray()) Append(e, text);
                break;
            case JsonValueKind.Object:
                // Where an entry came from tells nothing about what it says.
                foreach (JsonProperty p in json.EnumerateObject().Where(p => p.Name is not ("role" or "from" or "provenance"))) Append(p.Value, text);
                break;
        }
    }

    // The text alone decides, so that equal entries stay on one side.
    private static double Share(string text) => (SeededRandom.Hash(text) >> 11) * (1.0 / (1L << 53));

    private sealed class Seen(RecipeData data)
    {
        private readonly HashSet<UInt128> exact = [];
        private readonly NearDuplicates near = new(data.Nearness);

        public bool Add(string text) => data.Deduplicate switch
        {
            Deduplication.Exact => exact.Add(Hash(text)),
            Deduplication.Near => near.Add(text),
            _ => true,
        };

        private static UInt128 Hash(string text) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
