namespace Candor.Tokenizers.Tests.SentencePiece;

/// <summary>Feeds a parser damaged files for a while: it may only throw its own exception, soon, and without taking much memory.</summary>
internal static class Fuzz
{
    private static readonly byte[] Interesting = [0, 1, 2, 3, 8, 10, 18, 26, 0x7F, 0x80, 0xFF, (byte)'"', (byte)'{', (byte)'[', (byte)'\\', (byte)'-', (byte)'9'];

    /// <summary>Seconds for one fuzz test, from the environment variable <c>CANDOR_FUZZ_SECONDS</c>. Default 2.</summary>
    public static double Seconds => double.TryParse(Environment.GetEnvironmentVariable("CANDOR_FUZZ_SECONDS"), System.Globalization.CultureInfo.InvariantCulture, out double s) ? s : 2;

    /// <summary>Damages seeds and parses them.</summary>
    /// <param name="seeds">Good files.</param>
    /// <param name="parse">Parses and uses a file; may throw <typeparamref name="T"/>.</param>
    /// <param name="factor">How many bytes may be allocated for each byte of the file, beside a fixed megabyte.</param>
    public static void Run<T>(IReadOnlyList<byte[]> seeds, Action<byte[]> parse, int factor)
        where T : Exception
    {
        var random = new Random(20_250_101);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        int count = 0;
        foreach (byte[] seed in seeds) parse(seed);
        while (watch.Elapsed.TotalSeconds < Seconds)
        {
            byte[] data = Damage(seeds[random.Next(seeds.Count)], seeds[random.Next(seeds.Count)], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            double begin = ThreadClock.Seconds;
            try
            {
                parse(data);
            }
            catch (T e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
            catch (Exception e)
            {
                Assert.Fail($"{e.GetType().Name} for {Convert.ToBase64String(data.Length < 3000 ? data : data[..3000])}: {e}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            double taken = ThreadClock.Seconds - begin;
            Assert.True(taken < 1, $"took {taken} s for {Convert.ToBase64String(data)}");
            Assert.True(allocated < (1 << 20) + ((long)factor * data.Length), $"took {allocated} bytes for {data.Length}");
            count++;
        }

        Assert.True(count > 0);
    }

    private static byte[] Damage(byte[] seed, byte[] other, Random random)
    {
        var data = new List<byte>(seed);
        for (int n = random.Next(1, 6); n > 0; n--)
        {
            int at = random.Next(data.Count + 1);
            int length = Math.Min(random.Next(1, 64), data.Count - at);
            switch (random.Next(7))
            {
                case 0 when at < data.Count: data[at] = (byte)random.Next(256); break;
                case 1 when at < data.Count: data[at] = Interesting[random.Next(Interesting.Length)]; break;
                case 2: data.RemoveRange(at, length); break;
                case 3: data.InsertRange(at, data.GetRange(at, length)); break;
                case 4: data.Insert(at, Interesting[random.Next(Interesting.Length)]); break;
                case 5 when at < data.Count: data[at] ^= (byte)(1 << random.Next(8)); break;
                case 6 when other.Length > 0:
                    int from = random.Next(other.Length);
                    data.InsertRange(at, other[from..Math.Min(other.Length, from + random.Next(1, 200))]);
                    break;
            }

            if (random.Next(40) == 0) data.RemoveRange(at, data.Count - at);
        }

        return [.. data];
    }
}
