using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Candor.Testing;

/// <summary>
/// Feeds damaged inputs to a reader. Only the exceptions that it documents may come out, within a second, in memory
/// bounded by the input's size. An input whose refusal reads unlike all before it joins the pool, so that damage builds
/// on damage. <c>CANDOR_FUZZ_SECONDS</c> sets the time (2 by default, with a fixed seed; another seed each time when it is set);
/// <c>CANDOR_FUZZ_SAVE=1</c> keeps what joined the pool in the folder <c>Corpus</c> of the test project, whose files every run repeats.
/// </summary>
/// <param name="project">The test project that owns the corpus.</param>
/// <param name="name">A name for the corpus and for messages.</param>
/// <param name="read">Reads the file of this path.</param>
/// <param name="documented">Whether an exception is one that the reader documents.</param>
/// <param name="constantBytes">What the reader allocates whatever the input's size: a mapping, a JSON reader, an exception with its stack trace.</param>
/// <param name="bytesPerByte">What it may allocate besides, before it refuses, for each byte of the input.</param>
public sealed partial class Fuzzer(string project, string name, Action<string> read, Func<Exception, bool> documented, long constantBytes = 96 << 10, int bytesPerByte = 2)
{
    private const int LongestInput = 16 << 10;
    private const int PoolLimit = 200;
    private static readonly string? Seconds = Environment.GetEnvironmentVariable("CANDOR_FUZZ_SECONDS");
    private static readonly string[] Numbers = ["0", "-1", "1", "4", "255", "2147483648", "9223372036854775807", "18446744073709551615", "1e999", "0.5", "NaN", "-Infinity", "null", "{}", "[]", "\"\""];

    private readonly List<byte[]> pool = [];
    private readonly HashSet<string> shapes = new(StringComparer.Ordinal);
    private readonly Random random = new(Seconds is null ? 4711 : Environment.TickCount);

    private string CorpusFolder => Path.Combine(Shared.Root, "tests", project, "Corpus", name);

    /// <summary>Inputs kept from earlier runs.</summary>
    public IEnumerable<string> Corpus => Directory.Exists(CorpusFolder) ? Directory.GetFiles(CorpusFolder).Order(StringComparer.Ordinal) : [];

    /// <summary>Repeats the corpus, then tries new damage until the time is up.</summary>
    public void Run(params byte[][] seeds)
    {
        using var folder = new TempFolder();
        foreach (byte[] seed in seeds) Try(folder, seed, save: false);
        foreach (string kept in Corpus) Try(folder, File.ReadAllBytes(kept), save: false);
        pool.AddRange(seeds.Except(pool));
        var clock = Stopwatch.StartNew();
        double limit = Seconds is null ? 2 : double.Parse(Seconds, CultureInfo.InvariantCulture);
        int tried = 0;
        for (; clock.Elapsed.TotalSeconds < limit; tried++)
        {
            byte[] input = pool[random.Next(pool.Count)];
            for (int n = random.Next(1, 4); n > 0; n--) input = Damage(input);
            if (input.Length > LongestInput) input = input[..LongestInput];
            Try(folder, input, save: Environment.GetEnvironmentVariable("CANDOR_FUZZ_SAVE") == "1");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {tried} inputs, {shapes.Count} kinds of outcome");
        Assert.True(tried > 50, $"only {tried} inputs were tried");
    }

    private void Try(TempFolder folder, byte[] input, bool save)
    {
        string path = folder.Write("input", input);
        string outcome = "opened";
        double begin = ThreadClock.Seconds;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read(path);
        }
        catch (Exception e) when (documented(e))
        {
            outcome = e.Message;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.GetType().Name} came out of {Keep(input)}", e);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        double seconds = ThreadClock.Seconds - begin;
        if (seconds > 1) Assert.Fail($"{seconds:F1} s passed with {Keep(input)}");
        if (outcome != "opened" && allocated > ((long)bytesPerByte * input.Length) + constantBytes) Assert.Fail($"{allocated} bytes were allocated for the {input.Length} of {Keep(input)}");
        if (outcome.Any(char.IsControl)) Assert.Fail($"the message has control characters with {Keep(input)}");
        if (!shapes.Add(Shape(outcome)) || pool.Count >= PoolLimit) return;
        pool.Add(input);
        if (save) Save(input, string.Create(CultureInfo.InvariantCulture, $"{pool.Count:D3}"));
    }

    private byte[] Damage(byte[] input)
    {
        if (input.Length < 2) return [.. input, (byte)random.Next(256)];
        int at = random.Next(random.Next(2) == 0 ? input.Length : Math.Min(input.Length, 400));
        int end = Math.Min(input.Length, at + random.Next(1, 40));
        var copy = (byte[])input.Clone();
        switch (random.Next(10))
        {
            case 0: return input[..at];
            case 1: copy[at] = (byte)random.Next(256); return copy;
            case 2: copy[at] ^= (byte)(1 << random.Next(8)); return copy;
            case 3: Interesting(copy.AsSpan(at)); return copy;
            case 4: return [.. input[..at], .. input[end..]];
            case 5: return [.. input[..end], .. input[at..]];
            case 6: byte[] noise = new byte[random.Next(1, 20)]; random.NextBytes(noise); return [.. input[..at], .. noise, .. input[at..]];
            case 7: byte[] other = pool[random.Next(pool.Count)]; return [.. input[..at], .. other.AsSpan(Math.Min(other.Length, random.Next(400)))];
            case 8: return ReplaceNumber(input, at);
            default: return [.. input[..at], .. Enumerable.Repeat(input[at], random.Next(1, 200)), .. input[at..]];
        }
    }

    private void Interesting(Span<byte> at)
    {
        ulong value = random.Next(8) switch
        {
            0 => ulong.MaxValue,
            1 => 0,
            2 => long.MaxValue,
            3 => 1ul << 63,
            4 => 1ul << 31,
            5 => 1ul << random.Next(64),
            6 => (ulong)random.Next(64),
            _ => uint.MaxValue,
        };
        Span<byte> bytes = BitConverter.GetBytes(value).AsSpan(0, Math.Min(at.Length, random.Next(2) == 0 ? 4 : 8));
        bytes.CopyTo(at);
    }

    private byte[] ReplaceNumber(byte[] input, int at)
    {
        int start = input.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0) return input;
        start += at;
        int length = input.AsSpan(start).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return [.. input[..start], .. Encoding.ASCII.GetBytes(Numbers[random.Next(Numbers.Length)]), .. length < 0 ? [] : input[(start + length)..]];
    }

    private string Keep(byte[] input)
    {
        string path = Path.Combine(Path.GetTempPath(), $"candor-fuzz-{name}-{Guid.NewGuid():N}");
        File.WriteAllBytes(path, input);
        return path;
    }

    private void Save(byte[] input, string number)
    {
        Directory.CreateDirectory(CorpusFolder);
        File.WriteAllBytes(Path.Combine(CorpusFolder, number), input);
    }

    // The plain words of the problem, without the names, numbers and quotations of this input.
    private static string Shape(string message)
    {
        string problem = Quotations().Replace(message, "");
        return string.Join(' ', Words().Matches(problem[(problem.LastIndexOf(": ", StringComparison.Ordinal) + 1)..]).Select(m => m.Value).Take(7));
    }

    [GeneratedRegex("'[^']*('|$)|\"[^\"]*(\"|$)")]
    private static partial Regex Quotations();

    [GeneratedRegex("(?<= |^)[a-z_]{2,}(?= |,|$)")]
    private static partial Regex Words();
}
