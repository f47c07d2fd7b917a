using System.Runtime.InteropServices;
using Candor.Kernels.Assembly;
using Candor.Kernels.Integer;
using Candor.Kernels.Packing;
using Candor.Tensors;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Gemms;

/// <summary>Sixteen rows of a quantized weight, as a <see cref="Panel"/> has them, become pairs of bfloat16 for a matrix product, without floats in memory between.</summary>
internal static unsafe class PanelPairs
{
    /// <summary>Rows that are done together.</summary>
    public const int Rows = BlockKernel.Width;

    // Columns of four codes that share a register, and of a group that shares a scale at most.
    private const int Four = 4, Group = 32;

    // Registers: a byte's mask, the order of pairs, a scale, what is added, four codes, and their numbers.
    private const int Mask = 31, Order = 30, Scale = 29, Offset = 28, Codes = 27, Numbers = 0;

    private static readonly nint[] Functions = MakeAll();

    /// <summary>Whether this processor, and the system, can run it.</summary>
    public static bool IsSupported => BlockKernel.IsSupported && Functions[0] != 0;

    /// <summary>Bytes of memory that <see cref="Pack"/> needs.</summary>
    public static int ScratchBytes => Math.Max(PackedKernel.ScratchBytes, PanelBuilder.ScratchBytes(Rows));

    /// <summary>Packs sixteen rows of a weight; rows beyond its last repeat it.</summary>
    /// <param name="weight">A quantized weight.</param>
    /// <param name="row">The first row, a multiple of 16.</param>
    /// <param name="columns">The first column, where a block of the type begins, and how many, a multiple of 32.</param>
    /// <param name="to">Where the first cell of the first row goes.</param>
    /// <param name="stride">Cells from one pair of columns to the next.</param>
    /// <param name="scratch">Memory of <see cref="ScratchBytes"/>, aligned.</param>
    public static void Pack(WeightMatrix weight, int row, (int First, int Count) columns, float* to, int stride, byte* scratch)
    {
        for (int column = 0; column < columns.Count; column += BlockKernel.MostColumns)
        {
            int wide = Math.Min(BlockKernel.MostColumns, columns.Count - column), first = columns.First + column;
            Panel panel = PackedKernel.Panel(weight, row, first, wide, scratch);
            var arguments = new Arguments
            {
                Groups = wide / Group, Codes = panel.Codes, Scales = panel.Scales, Offsets = panel.Offsets, To = to, Stride = (nint)stride * sizeof(float), Zero = -128,
            };
            ((delegate* unmanaged[SuppressGCTransition]<Arguments*, void>)Functions[Index(panel.Group < Group, panel.Offsets is not null)])(&arguments);
            to += (nint)(wide / 2) * stride;
        }
    }

    private static nint[] MakeAll()
    {
        var made = new nint[4];
        if (!AssembledCode.HasBFloat16Products) return made;
        foreach (bool halves in (bool[])[false, true])
            foreach (bool offsets in (bool[])[false, true]) made[Index(halves, offsets)] = AssembledCode.Make(code => Write(code, halves, offsets));
        return made;
    }

    private static int Index(bool halves, bool offsets) => (halves ? 2 : 0) + (offsets ? 1 : 0);

    private static void Write(Assembler code, bool halves, bool offsets)
    {
        Label loop = code.CreateLabel();
        FunctionFrame.Enter(code);
        code.mov(rax, __qword_ptr[rcx]);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(r8, __qword_ptr[rcx + 16]);
        code.mov(r9, __qword_ptr[rcx + 24]);
        code.mov(r10, __qword_ptr[rcx + 32]);
        code.mov(r11, __qword_ptr[rcx + 40]);
        PairOrder.Load(code, FunctionFrame.Zmm(Order), rsi);
        code.mov(esi, 0xFF);
        code.vpbroadcastd(FunctionFrame.Zmm(Mask), esi);
        code.Label(ref loop);
        for (int four = 0; four < Group / Four; four++)
        {
            if (four == 0 || (halves && four == Group / Four / 2)) Scales(code, offsets);
            Pairs(code, four);
        }

        code.add(rdx, Rows * Group);
        code.dec(rax);
        code.jnz(loop);
        FunctionFrame.Leave(code);
    }

    /// <summary>Where codes have 128 too much, that many scales are taken off: a power of two changes nothing in how a number is rounded.</summary>
    private static void Scales(Assembler code, bool offsets)
    {
        code.vmovups(FunctionFrame.Zmm(Scale), __zmmword_ptr[r8]);
        code.add(r8, Rows * sizeof(float));
        if (!offsets)
        {
            code.vmulps(FunctionFrame.Zmm(Offset), FunctionFrame.Zmm(Scale), __dword_bcst[rcx + ZeroOffset]);
            return;
        }

        code.vmovups(FunctionFrame.Zmm(Offset), __zmmword_ptr[r9]);
        code.add(r9, Rows * sizeof(float));
    }

    /// <summary>Four columns of sixteen rows: two rows of cells.</summary>
    private static void Pairs(Assembler code, int four)
    {
        AssemblerRegisterZMM codes = FunctionFrame.Zmm(Codes);
        code.vmovdqu32(codes, __zmmword_ptr[rdx + (64 * four)]);
        for (int i = 0; i < Four; i++)
        {
            AssemblerRegisterZMM number = FunctionFrame.Zmm(Numbers + (four % 2 * Four) + i);
            if (i > 0) code.vpsrld(number, codes, (byte)(8 * i));
            if (i < Four - 1) code.vpandd(number, i == 0 ? codes : number, FunctionFrame.Zmm(Mask));
            code.vcvtdq2ps(number, number);
            code.vfmadd213ps(number, FunctionFrame.Zmm(Scale), FunctionFrame.Zmm(Offset));
        }

        for (int i = 0; i < Four; i += 2)
        {
            AssemblerRegisterZMM even = FunctionFrame.Zmm(Numbers + (four % 2 * Four) + i), odd = FunctionFrame.Zmm(Numbers + (four % 2 * Four) + i + 1);
            code.vcvtne2ps2bf16(even, odd, even);
            code.vpermw(even, FunctionFrame.Zmm(Order), even);
            code.vmovdqu32(__zmmword_ptr[r10], even);
            code.add(r10, r11);
        }
    }

    private const int ZeroOffset = 48;

    /// <summary>The offsets are those that the code above reads.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public long Groups;
        public byte* Codes;
        public float* Scales, Offsets, To;
        public nint Stride;
        public float Zero;
    }
}
