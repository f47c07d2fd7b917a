using Candor.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Quants;

/// <summary>
/// Whole vectors of <see cref="HalfConversion"/> by <c>vcvtph2ps</c> and <c>vcvtps2ph</c>, for which .NET has no names; each returns how many elements
/// it did.
/// </summary>
internal static unsafe class HalfCode
{
    private const int VectorLanes = 16;

    // Elements of a call: one that is told of no other thread's wish to stop should be short.
    private const long Together = 1 << 14;

    // Rounds to the nearest, ties to even, whatever the thread's own mode is.
    private const byte Nearest = 0;

    // Compares as true where either number is none.
    private const byte Unordered = 3;

    private static readonly nint Widen = AssembledCode.HasWideFloats ? AssembledCode.Make(WriteWiden) : 0;

    private static readonly nint Narrow = AssembledCode.HasWideFloats ? AssembledCode.Make(WriteNarrow) : 0;

    /// <summary>Whether this processor, and the system, can run it.</summary>
    public static bool IsSupported { get; } = Widen != 0 && Narrow != 0;

    /// <summary>Values of half-precision codes, up to the first stretch with NaN in it: the instruction would make a signalling one quiet.</summary>
    public static long HalfToSingle(ushort* source, float* destination, long count)
    {
        long done = 0;
        while (count - done >= VectorLanes)
        {
            long now = Math.Min(Together, count - done) / VectorLanes * VectorLanes;
            if (Run(Widen, source + done, destination + done, now) != 0) break;
            done += now;
        }

        return done;
    }

    /// <summary>Half-precision codes nearest to values.</summary>
    public static long SingleToHalf(float* source, ushort* destination, long count)
    {
        long done = 0;
        for (long now; count - done >= VectorLanes; done += now)
        {
            now = Math.Min(Together, count - done) / VectorLanes * VectorLanes;
            Run(Narrow, source + done, destination + done, now);
        }

        return done;
    }

    private static int Run(nint function, void* from, void* to, long count)
    {
        var arguments = new Arguments { Steps = count / VectorLanes, From = from, To = to };
        return ((delegate* unmanaged[SuppressGCTransition]<Arguments*, int>)function)(&arguments);
    }

    /// <summary>The offsets are those that the code below reads.</summary>
    private struct Arguments
    {
        public long Steps;
        public void* From, To;
    }

    /// <summary>Returns which lanes met NaN.</summary>
    private static void WriteWiden(Assembler code) => Write(code, sizeof(ushort), sizeof(float), () =>
    {
        code.vcvtph2ps(zmm0, __ymmword_ptr[rdx]);
        code.vcmpps(k1, zmm0, zmm0, Unordered);
        code.vmovups(__zmmword_ptr[r8], zmm0);
        code.korw(k2, k2, k1);
    });

    /// <summary>Returns 0.</summary>
    private static void WriteNarrow(Assembler code) => Write(code, sizeof(float), sizeof(ushort), () =>
    {
        code.vmovups(zmm0, __zmmword_ptr[rdx]);
        code.vcvtps2ph(__ymmword_ptr[r8], zmm0, Nearest);
    });

    /// <summary>A loop over vectors at rdx, with results at r8; it returns what the steps gather in k2.</summary>
    private static void Write(Assembler code, int fromBytes, int toBytes, Action step)
    {
        Label loop = code.CreateLabel();
        FunctionFrame.Enter(code);
        code.mov(r9, __qword_ptr[rcx]);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(r8, __qword_ptr[rcx + 16]);
        code.kxorw(k2, k2, k2);
        code.Label(ref loop);
        step();
        code.add(rdx, VectorLanes * fromBytes);
        code.add(r8, VectorLanes * toBytes);
        code.dec(r9);
        code.jnz(loop);
        code.kmovw(eax, k2);
        FunctionFrame.Leave(code);
    }
}
