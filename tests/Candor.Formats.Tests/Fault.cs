namespace Candor.Formats.Tests;

/// <summary>Expectations about refusals.</summary>
internal static class Fault
{
    /// <summary>
    /// Opening must fail with the typed exception, in one line that names the file and says each of these things, and
    /// must not allocate more than twice the file's size beside what an exception costs.
    /// </summary>
    public static ModelFormatException Of(string path, Func<string, IDisposable> open, params string[] mentions)
    {
        ModelFormatException fault = Assert.Throws<ModelFormatException>(() => open(path).Dispose());
        foreach (string mention in mentions) Assert.Contains(mention, fault.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(Path.GetFileName(path), fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
        return fault;
    }

    /// <summary>Opens or refuses, and checks that neither takes more memory than the file's size allows.</summary>
    public static void IsBounded(string path, Func<string, IDisposable> open)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            open(path).Dispose();
        }
        catch (ModelFormatException)
        {
            // A refusal is fine; its memory counts.
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        long size = new FileInfo(path).Length;
        Assert.True(allocated <= 2 * size + Constant, $"{allocated} bytes were allocated for a file of {size}");
    }

    // What a mapping, a JSON reader and an exception with its stack trace cost, whatever the file's size.
    private const long Constant = 64 << 10;
}
