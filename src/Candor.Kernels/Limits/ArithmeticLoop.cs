using Candor.Tensors;

namespace Candor.Kernels.Limits;

/// <summary>
/// A loop whose only cost is arithmetic: it multiplies operands held in registers with a panel that stays in the
/// first-level cache, as the inner loop of a matrix product does.
/// </summary>
/// <param name="Name">The instructions that the loop is made of.</param>
/// <param name="UnitsPerPass">Multiply-accumulates (integers) or operations (floats) of one pass.</param>
/// <param name="Run">Runs so many passes over a panel of <see cref="PanelBytes"/> bytes; returns a value that depends on all of them.</param>
internal sealed unsafe record ArithmeticLoop(string Name, long UnitsPerPass, ArithmeticLoop.Body Run)
{
    /// <summary>Bytes of the panel: half of the smallest first-level cache in use.</summary>
    public const int PanelBytes = 16 * 1024;

    // A portion lasts between a tenth of a millisecond and a few milliseconds, whatever the processor.
    private const int Passes = 200;
    private const double Seconds = 0.3;

    /// <summary>The loop itself.</summary>
    public delegate float Body(byte* panel, int passes);

    /// <summary>Units a second, all threads together.</summary>
    public double Measure(int threads)
    {
        var panels = new NativeBuffer[threads];
        var sinks = new float[threads * 16];
        try
        {
            for (int i = 0; i < threads; i++)
            {
                // Small floats of like size: no denormals, which are slow, and no overflow to infinity.
                panels[i] = new NativeBuffer(PanelBytes);
                panels[i].AsSpan<float>().Fill(0.0625f);
            }

            return RateMeter.Measure(threads, Seconds, thread =>
            {
                sinks[thread * 16] += Run(panels[thread].Pointer, Passes);
                return Passes * UnitsPerPass;
            });
        }
        finally
        {
            foreach (NativeBuffer? panel in panels) panel?.Dispose();
        }
    }
}
