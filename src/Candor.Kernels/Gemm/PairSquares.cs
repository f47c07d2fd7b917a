using System.Runtime.InteropServices;
using Candor.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Gemms;

/// <summary>
/// Floats become pairs of bfloat16, a square of 16 by 16 pairs at a time, by the processor's own rounding (to the nearest, ties to even; below 2⁻¹²⁶ to 0):
/// pairs of neighbours in a row, or of one row and the next, and turned on their way or not.
/// </summary>
internal static unsafe class PairSquares
{
    /// <summary>Pairs along each side of a square.</summary>
    public const int Side = 16;

    private const int Vector = 64;

    private static readonly nint[] Functions = MakeAll();

    /// <summary>Whether this processor, and the system, can run it.</summary>
    public static bool IsSupported => Functions[0] != 0;

    /// <summary>Rounds a row of squares.</summary>
    /// <param name="from">The first float: a square reads 16 rows of 32, or 32 rows of 16 where pairs are of a row and the next.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="advance">Floats from one square to the next.</param>
    /// <param name="to">Where the first pair goes.</param>
    /// <param name="toStride">Pairs from one row of a square to the next.</param>
    /// <param name="toAdvance">Pairs from one square to the next.</param>
    /// <param name="count">Squares.</param>
    /// <param name="across">Whether pairs are of a row and the next.</param>
    /// <param name="turns">Whether rows of pairs become columns.</param>
    public static void Round(float* from, nint stride, nint advance, float* to, nint toStride, nint toAdvance, int count, bool across, bool turns)
    {
        if (count <= 0) return;
        var arguments = new Arguments
        {
            Count = count, From = from, Stride = stride * sizeof(float), Advance = advance * sizeof(float), To = to, ToStride = toStride * sizeof(float), ToAdvance = toAdvance * sizeof(float),
        };
        ((delegate* unmanaged[SuppressGCTransition]<Arguments*, void>)Functions[Index(across, turns)])(&arguments);
    }

    private static nint[] MakeAll()
    {
        var made = new nint[4];
        if (!AssembledCode.HasBFloat16Products) return made;
        foreach (bool across in (bool[])[false, true])
            foreach (bool turns in (bool[])[false, true]) made[Index(across, turns)] = AssembledCode.Make(code => Write(code, across, turns));
        return made;
    }

    private static int Index(bool across, bool turns) => (across ? 2 : 0) + (turns ? 1 : 0);

    private static void Write(Assembler code, bool across, bool turns)
    {
        Label loop = code.CreateLabel();
        FunctionFrame.Enter(code);
        code.mov(rax, __qword_ptr[rcx]);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(rsi, __qword_ptr[rcx + 16]);
        code.mov(r8, __qword_ptr[rcx + 32]);
        code.mov(r9, __qword_ptr[rcx + 40]);
        code.Label(ref loop);
        code.mov(r10, rdx);
        if (across) PairOrder.Load(code, zmm31, r11);
        for (int i = 0; i < Side; i++)
        {
            AssemblerRegisterZMM pairs = FunctionFrame.Zmm(i);
            code.vmovups(pairs, across ? __zmmword_ptr[r10 + rsi] : __zmmword_ptr[r10 + Vector]);
            code.vcvtne2ps2bf16(pairs, pairs, __zmmword_ptr[r10]);
            if (across) code.vpermw(pairs, zmm31, pairs);
            if (i == Side - 1) break;
            if (across) code.lea(r10, __[r10 + (rsi * 2)]);
            else code.add(r10, rsi);
        }

        if (turns) Turn(code);
        code.mov(r11, r8);
        for (int i = 0; i < Side; i++)
        {
            code.vmovups(__zmmword_ptr[r11], FunctionFrame.Zmm(i));
            if (i < Side - 1) code.add(r11, r9);
        }

        code.add(rdx, __qword_ptr[rcx + 24]);
        code.add(r8, __qword_ptr[rcx + 48]);
        code.dec(rax);
        code.jnz(loop);
        FunctionFrame.Leave(code);
    }

    /// <summary>Turns sixteen registers of sixteen pairs: neighbours of two rows, of four, then quarters of eight and of all. Registers 16 to 31 take every other step.</summary>
    private static void Turn(Assembler code)
    {
        for (int i = 0; i < Side; i += 2)
        {
            code.vunpcklps(High(i), FunctionFrame.Zmm(i), FunctionFrame.Zmm(i + 1));
            code.vunpckhps(High(i + 1), FunctionFrame.Zmm(i), FunctionFrame.Zmm(i + 1));
        }

        for (int i = 0; i < Side; i += 4)
            for (int j = 0; j < 2; j++)
            {
                code.vunpcklpd(FunctionFrame.Zmm(i + (2 * j)), High(i + j), High(i + j + 2));
                code.vunpckhpd(FunctionFrame.Zmm(i + (2 * j) + 1), High(i + j), High(i + j + 2));
            }

        const byte Even = 0x88, Odd = 0xDD;
        for (int i = 0; i < Side; i += 8)
            for (int j = 0; j < 4; j++)
            {
                code.vshuff32x4(High(i + j), FunctionFrame.Zmm(i + j), FunctionFrame.Zmm(i + j + 4), Even);
                code.vshuff32x4(High(i + j + 4), FunctionFrame.Zmm(i + j), FunctionFrame.Zmm(i + j + 4), Odd);
            }

        for (int j = 0; j < 8; j++)
        {
            code.vshuff32x4(FunctionFrame.Zmm(j), High(j), High(j + 8), Even);
            code.vshuff32x4(FunctionFrame.Zmm(j + 8), High(j), High(j + 8), Odd);
        }
    }

    private static AssemblerRegisterZMM High(int index) => FunctionFrame.Zmm(Side + index);

    /// <summary>The offsets are those that the code above reads.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public long Count;
        public float* From;
        public nint Stride, Advance;
        public float* To;
        public nint ToStride, ToAdvance;
    }
}
