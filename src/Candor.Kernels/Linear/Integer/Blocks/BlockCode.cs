using Candor.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Integer;

/// <summary>What a block kernel is made for.</summary>
/// <param name="Tokens">Tokens, 1 to 12.</param>
/// <param name="Planes">Planes of activations: 1 for 8 bits, 2 for 16.</param>
/// <param name="Halves">Whether 16 weights share a scale, instead of 32.</param>
/// <param name="Offsets">Whether weights have minima; else their codes have 128 too much.</param>
internal readonly record struct BlockShape(int Tokens, int Planes, bool Halves, bool Offsets)
{
    /// <summary>Shapes that there are.</summary>
    public const int Count = BlockKernel.Tokens * 8;

    /// <summary>Where things stand in the activations.</summary>
    public BlockLayout Layout => new(BlockKernel.Tokens, Planes);

    /// <summary>Its number among them.</summary>
    public int Index => ((Tokens - 1) * 8) + ((Planes - 1) * 4) + (Halves ? 2 : 0) + (Offsets ? 1 : 0);
}

/// <summary>
/// Sixteen rows of weights times a block of activations: <c>vpdpbusd</c> adds four products of bytes to a 32-bit sum in each of sixteen
/// lanes. Sums of 32 columns are exact integers; scaled, they are added up in float32.
/// </summary>
internal static class BlockCode
{
    private const int Sums = 12, Weights = 24, Scale = 26, Offset = 27, Spare = 28, Spares = 4;

    /// <summary>Assembles a kernel; 0 where the processor cannot run it.</summary>
    public static nint Make(BlockShape shape) => AssembledCode.HasByteProducts ? AssembledCode.Make(code => Write(code, shape)) : 0;

    private static void Write(Assembler code, BlockShape shape)
    {
        Label loop = code.CreateLabel();
        FunctionFrame.Enter(code);
        code.mov(rax, __qword_ptr[rcx]);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(r8, __qword_ptr[rcx + 16]);
        if (shape.Offsets) code.mov(r9, __qword_ptr[rcx + 24]);
        code.mov(r10, __qword_ptr[rcx + 32]);
        for (int t = 0; t < shape.Tokens; t++) Clear(code, FunctionFrame.Zmm(t));
        code.Label(ref loop);
        for (int part = 0; part < (shape.Halves ? 2 : 1); part++)
        {
            Products(code, shape, part);
            Scaled(code, shape, part);
        }

        code.add(rdx, 8 * 64);
        code.add(r8, shape.Halves ? 128 : 64);
        if (shape.Offsets) code.add(r9, shape.Halves ? 128 : 64);
        code.add(r10, shape.Layout.GroupBytes);
        code.dec(rax);
        code.jnz(loop);

        StoreCode.Write(code, shape.Tokens, 40);
        FunctionFrame.Leave(code);
    }

    /// <summary>The integer sums of 32 columns, or of the first or last 16 of them.</summary>
    private static void Products(Assembler code, BlockShape shape, int part)
    {
        int steps = shape.Halves ? 4 : 8, first = part * steps, zeros = shape.Layout.Zeros(shape.Halves ? 1 + part : 0);
        for (int t = 0; t < shape.Tokens; t++)
        {
            if (shape.Offsets || shape.Planes == 2) Clear(code, FunctionFrame.Zmm(Sums + t));
            else code.vpbroadcastd(FunctionFrame.Zmm(Sums + t), __dword_ptr[r10 + zeros + (4 * t)]);
        }

        for (int plane = 0; plane < shape.Planes; plane++)
        {
            for (int t = 0; t < shape.Tokens && plane == 1; t++)
            {
                AssemblerRegisterZMM sum = FunctionFrame.Zmm(Sums + t);
                code.vpslld(sum, sum, 8);
                if (!shape.Offsets) code.vpaddd(sum, sum, __dword_bcst[r10 + zeros + (4 * t)]);
            }

            for (int k = first; k < first + steps; k++)
            {
                AssemblerRegisterZMM weights = FunctionFrame.Zmm(Weights + (k % 2));
                code.vmovdqu32(weights, __zmmword_ptr[rdx + (64 * k)]);
                for (int t = 0; t < shape.Tokens; t++)
                    code.vpdpbusd(FunctionFrame.Zmm(Sums + t), weights, __dword_bcst[r10 + (plane * shape.Layout.PlaneBytes) + (((k * BlockKernel.Tokens) + t) * 4)]);
            }
        }
    }

    /// <summary>Adds integer sums, times both scales, to the floats; and the weights' minima times what the activations add up to.</summary>
    private static void Scaled(Assembler code, BlockShape shape, int part)
    {
        AssemblerRegisterZMM scale = FunctionFrame.Zmm(Scale), offset = FunctionFrame.Zmm(Offset);
        code.vmovups(scale, __zmmword_ptr[r8 + (64 * part)]);
        if (shape.Offsets) code.vmovups(offset, __zmmword_ptr[r9 + (64 * part)]);
        for (int t = 0; t < shape.Tokens; t++)
        {
            AssemblerRegisterZMM sum = FunctionFrame.Zmm(Sums + t), both = FunctionFrame.Zmm(Spare + (t % Spares)), total = FunctionFrame.Zmm(t);
            code.vcvtdq2ps(sum, sum);
            code.vmulps(both, scale, __dword_bcst[r10 + shape.Layout.Scales + (4 * t)]);
            code.vfmadd231ps(total, sum, both);
            if (shape.Offsets) code.vfmadd231ps(total, offset, __dword_bcst[r10 + shape.Layout.Sums(shape.Halves ? 1 + part : 0) + (4 * t)]);
        }
    }

    private static void Clear(Assembler code, AssemblerRegisterZMM register) => code.vpxord(register, register, register);
}
