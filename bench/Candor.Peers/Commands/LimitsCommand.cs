using System.CommandLine;
using Candor.Kernels.Limits;

namespace Candor.Peers.Commands;

/// <summary><c>limits</c>: what the machine can do at best.</summary>
internal static class LimitsCommand
{
    public static Command Create()
    {
        Option<int> threads = Arguments.Threads();
        var command = new Command("limits", "Measure the machine: memory reads, 8-bit and float arithmetic.") { threads };
        command.SetAction(parsed =>
        {
            MachineLimits limits = MachineLimits.Measure(parsed.GetValue(threads));
            Console.WriteLine(FormattableString.Invariant($"threads   {limits.Threads}"));
            Console.WriteLine(FormattableString.Invariant($"read      {limits.ReadBytesPerSecond / 1e9,8:0.0} GB/s"));
            Console.WriteLine(FormattableString.Invariant($"int8      {limits.Int8MacsPerSecond / 1e9,8:0.0} GMAC/s   {limits.Int8Instructions}"));
            Console.WriteLine(FormattableString.Invariant($"fp32      {limits.Fp32FlopsPerSecond / 1e9,8:0.0} GFLOP/s  {limits.Fp32Instructions}"));
            if (limits.BFloat16FlopsPerSecond > 0) Console.WriteLine(FormattableString.Invariant($"bf16      {limits.BFloat16FlopsPerSecond / 1e9,8:0.0} GFLOP/s  AVX-512 vdpbf16ps"));
            if (limits.TileFlopsPerSecond > 0) Console.WriteLine(FormattableString.Invariant($"bf16      {limits.TileFlopsPerSecond / 1e9,8:0.0} GFLOP/s  AMX tdpbf16ps"));
        });
        return command;
    }
}
