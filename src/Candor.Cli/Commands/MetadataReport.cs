using System.Text.Json;
using Candor.Cli.Common;
using Candor.Formats;

namespace Candor.Cli.Commands;

/// <summary>A file's metadata as JSON.</summary>
internal static class MetadataReport
{
    public static void Write(Utf8JsonWriter w, InspectedFile file)
    {
        w.WriteStartObject("metadata");
        if (file.Store is GgufFile gguf)
        {
            foreach ((string key, GgufValue value) in gguf.Metadata)
            {
                w.WritePropertyName(key);
                Write(w, value);
            }
        }
        else if (file.Store is SafetensorsStore store)
        {
            foreach ((string key, string value) in store.Metadata) w.WriteString(key, value);
        }

        w.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter w, GgufValue value)
    {
        if (value.Type == GgufValueType.Array)
        {
            WriteArray(w, value);
            return;
        }

        if (value.TryGetString(out string text)) w.WriteStringValue(text);
        else if (value.TryGetBool(out bool flag)) w.WriteBooleanValue(flag);
        else if (value.TryGetInt64(out long integer)) w.WriteNumberValue(integer);
        else if (value.TryGetUInt64(out ulong large)) w.WriteNumberValue(large);
        else if (value.TryGetDouble(out double number)) Write(w, number);
        else w.WriteNullValue();
    }

    private static void WriteArray(Utf8JsonWriter w, GgufValue value)
    {
        w.WriteStartArray();
        if (value.TryGetStrings(out string[] texts)) foreach (string text in texts) w.WriteStringValue(text);
        else if (value.TryGetBools(out bool[] flags)) foreach (bool flag in flags) w.WriteBooleanValue(flag);
        else if (value.TryGetInt32s(out int[] integers)) foreach (int integer in integers) w.WriteNumberValue(integer);
        else if (value.TryGetSingles(out float[] numbers)) foreach (float number in numbers) Write(w, number);
        else w.WriteStringValue($"{value.Count} elements of type {value.ElementType}");
        w.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter w, double number)
    {
        if (double.IsFinite(number)) w.WriteNumberValue(number);
        else w.WriteStringValue(number.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
