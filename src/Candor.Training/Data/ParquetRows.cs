using System.Globalization;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;

namespace Candor.Training;

/// <summary>
/// Rows of a Parquet file as JSON objects. Nested columns are put together from their repetition and definition levels (Melnik et al.,
/// Dremel: interactive analysis of web-scale datasets, 2010), without reflection. Columns of types that JSON has no word for are left out.
/// </summary>
internal static class ParquetRows
{
    /// <summary>The rows of a group.</summary>
    public static async Task<JsonObject[]> Read(ParquetReader reader, int group)
    {
        using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
        JsonObject[] made = [.. Enumerable.Range(0, checked((int)rows.RowCount)).Select(_ => new JsonObject())];
        foreach (DataField leaf in reader.Schema.DataFields)
        {
            Field[]? path = PathTo(reader.Schema.Fields, leaf);
            if (path is null) continue;
            if (Column(rows, leaf) is { } read) Place(made, path, await read.ConfigureAwait(false));
        }

        return made;
    }

    /// <summary>Fields from the root to a leaf; null where a map is on the way.</summary>
    private static Field[]? PathTo(IEnumerable<Field> fields, DataField leaf)
    {
        foreach (Field field in fields)
        {
            if (ReferenceEquals(field, leaf) || (field is DataField data && data.Path.Equals(leaf.Path))) return [field];
            IEnumerable<Field> inner = field switch { ListField list => [list.Item], StructField group => group.Fields, _ => [] };
            if (PathTo(inner, leaf) is { } rest) return [field, .. rest];
        }

        return null;
    }

    private static void Place(JsonObject[] rows, Field[] path, LevelledColumn column)
    {
        Field leaf = path[^1];
        int[] definitions = column.Definitions, repetitions = column.Repetitions;
        int row = -1, at = 0, entries = leaf.MaxRepetitionLevel > 0 ? repetitions.Length : rows.Length;
        int[] counters = new int[leaf.MaxRepetitionLevel + 1];
        for (int i = 0; i < entries; i++)
        {
            int repetition = repetitions.Length == 0 ? 0 : repetitions[i], definition = definitions.Length == 0 ? leaf.MaxDefinitionLevel : definitions[i];
            if (repetition == 0) row++;
            else counters[repetition]++;
            Array.Clear(counters, repetition + 1, counters.Length - repetition - 1);
            JsonNode? here = definition == leaf.MaxDefinitionLevel ? column.Value(at++) : null;
            Put(rows[row], path, definition, counters, here);
        }
    }

    /// <summary>Walks down to the leaf, and makes what is missing on the way.</summary>
    private static void Put(JsonObject row, Field[] path, int definition, int[] counters, JsonNode? value)
    {
        JsonNode parent = row;
        string? name = path[0].Name;
        int index = 0;
        for (int depth = 0; depth < path.Length; depth++)
        {
            Field field = path[depth];
            bool there = field switch
            {
                // The level of a list is that of its entries; one below, it is empty.
                ListField => definition >= field.MaxDefinitionLevel - 1,
                _ => definition >= field.MaxDefinitionLevel,
            };
            JsonNode? child = !there ? null : field switch
            {
                ListField => Get(parent, name, index) ?? new JsonArray(),
                StructField => Get(parent, name, index) ?? new JsonObject(),
                _ => value,
            };
            Set(parent, name, index, child);
            if (child is null || field is not (ListField or StructField) || (field is ListField && definition < field.MaxDefinitionLevel)) return;
            parent = child;
            (name, index) = field is ListField ? (null, counters[field.MaxRepetitionLevel]) : (path[depth + 1].Name, 0);
        }
    }

    private static JsonNode? Get(JsonNode parent, string? name, int index) => name is not null ? parent[name] : index < parent.AsArray().Count ? parent[index] : null;

    private static void Set(JsonNode parent, string? name, int index, JsonNode? child)
    {
        if (child?.Parent is not null) return;
        if (name is not null) parent[name] = child;
        else if (index < parent.AsArray().Count) parent[index] = child;
        else parent.AsArray().Add(child);
    }

    /// <summary>Reads a column by the type of its values; null where JSON has no word for them.</summary>
    private static Task<LevelledColumn>? Column(ParquetRowGroupReader rows, DataField leaf)
    {
        Type type = leaf.ClrType;
        return type == typeof(string) || type == typeof(ReadOnlyMemory<char>) ? Read<ReadOnlyMemory<char>>(rows, leaf, c => TableFile.Cell(c.ToString()))
            : type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>) ? Read<ReadOnlyMemory<byte>>(rows, leaf, c => TableFile.Cell(System.Text.Encoding.UTF8.GetString(c.Span)))
            : type == typeof(bool) ? Read<bool>(rows, leaf, c => c)
            : type == typeof(int) ? Read<int>(rows, leaf, c => c)
            : type == typeof(long) ? Read<long>(rows, leaf, c => c)
            : type == typeof(uint) ? Read<uint>(rows, leaf, c => c)
            : type == typeof(ulong) ? Read<ulong>(rows, leaf, c => c)
            : type == typeof(short) ? Read<short>(rows, leaf, c => c)
            : type == typeof(ushort) ? Read<ushort>(rows, leaf, c => c)
            : type == typeof(sbyte) ? Read<sbyte>(rows, leaf, c => c)
            : type == typeof(byte) ? Read<byte>(rows, leaf, c => c)
            : type == typeof(float) ? Read<float>(rows, leaf, c => Number(c))
            : type == typeof(double) ? Read<double>(rows, leaf, c => Number(c))
            : type == typeof(DateTime) ? Read<DateTime>(rows, leaf, c => c.ToString("O", CultureInfo.InvariantCulture))
            : null;
    }

    private static async Task<LevelledColumn> Read<T>(ParquetRowGroupReader rows, DataField leaf, Func<T, JsonNode?> word)
        where T : struct
    {
        int count = checked((int)(rows.GetMetadata(leaf)?.MetaData?.NumValues ?? throw new InvalidDataException($"column {leaf.Path} has no values")));
        var values = new T[count];
        // Levels that are always the same are not stored.
        int[] definitions = new int[leaf.MaxDefinitionLevel > 0 ? count : 0], repetitions = new int[leaf.MaxRepetitionLevel > 0 ? count : 0];
        await rows.ReadRawAsync<T>(leaf, values, Levels(definitions), Levels(repetitions)).ConfigureAwait(false);
        return new LevelledColumn(i => word(values[i]), definitions, repetitions);
    }

    private static Memory<int>? Levels(int[] levels) => levels.Length > 0 ? levels.AsMemory() : default(Memory<int>?);

    // JSON has no NaN.
    private static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;

    /// <summary>Values that are there, and the levels of all.</summary>
    private sealed record LevelledColumn(Func<int, JsonNode?> Value, int[] Definitions, int[] Repetitions);
}
