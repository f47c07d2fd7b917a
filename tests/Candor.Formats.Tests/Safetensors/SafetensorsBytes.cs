using System.Text;

namespace Candor.Formats.Tests;

/// <summary>Builds safetensors bytes from a header's text, right or wrong.</summary>
internal static class SafetensorsBytes
{
    /// <summary>The length of the header, the header, and so many zero bytes of data.</summary>
    public static byte[] Of(string header, int data = 0, ulong? length = null) => Of(Encoding.UTF8.GetBytes(header), data, length);

    /// <inheritdoc cref="Of(string, int, ulong?)"/>
    public static byte[] Of(byte[] header, int data = 0, ulong? length = null) =>
        [.. BitConverter.GetBytes(length ?? (ulong)header.Length), .. header, .. new byte[data]];
}
