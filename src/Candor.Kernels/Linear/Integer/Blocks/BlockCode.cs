using Candor.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Integer;

/// <summary>What a block kernel is made for.</summary>
/// <param name="Tokens">Tokens: 1 to 12 with one panel, 1 to 6 with two.</param>
/// <param name="Planes">Planes of activations: 1 for 8 bits, 2 for 16.</param>
/// <param name="Halves">Whether 16 weights share a scale, instead of 32.</param>
/// <param name="Offsets">Whether weights have minima; else their codes have 128 too much.</param>
/// <param name="Panels">Panels of sixteen rows, 1 or 2: with two a number of the activations, once loaded, serves both.</param>
internal readonly record struct BlockShape(int Tokens, int Planes, bool Halves, bool Offsets, int Panels = 1)
{
    /// <summary>Shapes that there are.</summary>
    public const int Count = BlockKernel.Tokens * 16;

    /// <summary>Where things stand in the activations.</summary>
    public BlockLayout Layout => new(BlockKernel.Tokens, Planes);

    /// <summary>Its number among them.</summary>
    public int Index => ((Tokens - 1) * 16) + ((Panels - 1) * 8) + ((Planes - 1) * 4) + (Halves ? 2 : 0) + (Offsets ? 1 : 0);
}

/// <summary>
/// Sixteen or thirty-two rows of weights times a block of activations: <c>vpdpbusd</c> adds four products of bytes to a 32-bit sum in each of
/// sixteen lanes. Sums of 32 columns are exact integers; scaled, they are added up in float32.
/// </summary>
internal static class BlockCode
{
    private const int LineBytes = 64;

    private const int Sums = 12, Weights = 24, MoreWeights = 28, Scale = 24, Offset = 26, Number = 28, Both = 30;

    private static readonly int[] Numbers = [26, 27, 30, 31];

    /// <summary>Assembles a kernel; 0 where the processor cannot run it.</summary>
    public static nint Make(BlockShape shape) => AssembledCode.HasByteProducts ? AssembledCode.Make(code => Write(code, shape)) : 0;

    private static void Write(Assembler code, BlockShape shape)
    {
        Label next = code.CreateLabel(), loop = code.CreateLabel();
        FunctionFrame.Enter(code);
        code.Label(ref next);
        StoreCode.Ask(code, shape.Tokens, BlockArguments.StoreAt, shape.Panels);
        code.mov(rax, __qword_ptr[rcx + BlockArguments.GroupsAt]);
        code.mov(rdx, __qword_ptr[rcx + BlockArguments.CodesAt]);
        code.mov(r8, __qword_ptr[rcx + BlockArguments.ScalesAt]);
        if (shape.Offsets) code.mov(r9, __qword_ptr[rcx + BlockArguments.OffsetsAt]);
        code.mov(r10, __qword_ptr[rcx + BlockArguments.ActivationsAt]);

        // The activations of the block behind are asked for while this one is multiplied: a line for every four columns covers what most formats need of them.
        code.mov(rsi, __qword_ptr[rcx + BlockArguments.StepAt]);
        code.add(rsi, __qword_ptr[rcx + BlockArguments.OtherStepAt]);
        if (shape.Panels == 2) code.mov(r11, __qword_ptr[rcx + BlockArguments.NextPanelAt]);
        for (int i = 0; i < shape.Tokens * shape.Panels; i++) Clear(code, FunctionFrame.Zmm(i));
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

        StoreCode.Write(code, shape.Tokens, BlockArguments.StoreAt, shape.Panels);
        Advance(code, shape);
        code.dec(__qword_ptr[rcx + BlockArguments.CallsAt]);
        code.jnz(next);
        FunctionFrame.Leave(code);
    }

    /// <summary>To the tokens behind: their results, and their activations by one step and the other in turn.</summary>
    private static void Advance(Assembler code, BlockShape shape)
    {
        code.imul(r9, __qword_ptr[rcx + BlockArguments.StoreAt + 8], shape.Tokens);
        code.add(__qword_ptr[rcx + BlockArguments.StoreAt], r9);
        code.mov(rax, __qword_ptr[rcx + BlockArguments.StepAt]);
        code.mov(rdx, __qword_ptr[rcx + BlockArguments.OtherStepAt]);
        code.add(__qword_ptr[rcx + BlockArguments.ActivationsAt], rax);
        code.mov(__qword_ptr[rcx + BlockArguments.StepAt], rdx);
        code.mov(__qword_ptr[rcx + BlockArguments.OtherStepAt], rax);
    }

    private static AssemblerRegisterZMM Total(BlockShape shape, int token, int panel) => FunctionFrame.Zmm((token * shape.Panels) + panel);

    private static AssemblerRegisterZMM Sum(BlockShape shape, int token, int panel) => FunctionFrame.Zmm(Sums + (token * shape.Panels) + panel);

    /// <summary>The integer sums of 32 columns, or of the first or last 16 of them.</summary>
    private static void Products(Assembler code, BlockShape shape, int part)
    {
        int steps = shape.Halves ? 4 : 8, first = part * steps, zeros = shape.Layout.Zeros(shape.Halves ? 1 + part : 0), numbers = 0;
        for (int t = 0; t < shape.Tokens; t++)
        {
            for (int p = 0; p < shape.Panels; p++)
            {
                if (shape.Offsets || shape.Planes == 2) Clear(code, Sum(shape, t, p));
                else code.vpbroadcastd(Sum(shape, t, p), __dword_ptr[r10 + zeros + (4 * t)]);
            }
        }

        for (int plane = 0; plane < shape.Planes; plane++)
        {
            for (int i = 0; i < shape.Tokens * shape.Panels && plane == 1; i++)
            {
                AssemblerRegisterZMM sum = FunctionFrame.Zmm(Sums + i);
                code.vpslld(sum, sum, 8);
                if (!shape.Offsets) code.vpaddd(sum, sum, __dword_bcst[r10 + zeros + (4 * (i / shape.Panels))]);
            }

            for (int k = first; k < first + steps; k++)
            {
                code.prefetcht0(__byte_ptr[r10 + rsi + (plane * shape.Layout.PlaneBytes) + (LineBytes * k)]);
                int weights = k % 2 == 0 ? Weights : MoreWeights;
                code.vmovdqu32(FunctionFrame.Zmm(weights), __zmmword_ptr[rdx + (64 * k)]);
                if (shape.Panels == 2) code.vmovdqu32(FunctionFrame.Zmm(weights + 1), __zmmword_ptr[rdx + r11 + (64 * k)]);
                for (int t = 0; t < shape.Tokens; t++)
                {
                    int at = (plane * shape.Layout.PlaneBytes) + (((k * BlockKernel.Tokens) + t) * 4);
                    if (shape.Panels == 1)
                    {
                        code.vpdpbusd(Sum(shape, t, 0), FunctionFrame.Zmm(weights), __dword_bcst[r10 + at]);
                        continue;
                    }

                    AssemblerRegisterZMM number = FunctionFrame.Zmm(Numbers[numbers++ % Numbers.Length]);
                    code.vpbroadcastd(number, __dword_ptr[r10 + at]);
                    for (int p = 0; p < 2; p++) code.vpdpbusd(Sum(shape, t, p), FunctionFrame.Zmm(weights + p), number);
                }
            }
        }
    }

    /// <summary>Adds integer sums, times both scales, to the floats; and the weights' minima times what the activations add up to.</summary>
    private static void Scaled(Assembler code, BlockShape shape, int part)
    {
        for (int p = 0; p < shape.Panels; p++)
        {
            code.vmovups(FunctionFrame.Zmm(Scale + p), p == 0 ? __zmmword_ptr[r8 + (64 * part)] : __zmmword_ptr[r8 + r11 + (64 * part)]);
            if (shape.Offsets) code.vmovups(FunctionFrame.Zmm(Offset + p), p == 0 ? __zmmword_ptr[r9 + (64 * part)] : __zmmword_ptr[r9 + r11 + (64 * part)]);
        }

        for (int t = 0; t < shape.Tokens; t++)
        {
            AssemblerRegisterZMM number = FunctionFrame.Zmm(Number + (t % 2));
            code.vbroadcastss(number, __dword_ptr[r10 + shape.Layout.Scales + (4 * t)]);
            for (int p = 0; p < shape.Panels; p++)
            {
                AssemblerRegisterZMM sum = Sum(shape, t, p), both = FunctionFrame.Zmm(Both + ((t + p) % 2));
                code.vcvtdq2ps(sum, sum);
                code.vmulps(both, FunctionFrame.Zmm(Scale + p), number);
                code.vfmadd231ps(Total(shape, t, p), sum, both);
            }

            if (!shape.Offsets) continue;
            code.vbroadcastss(number, __dword_ptr[r10 + shape.Layout.Sums(shape.Halves ? 1 + part : 0) + (4 * t)]);
            for (int p = 0; p < shape.Panels; p++) code.vfmadd231ps(Total(shape, t, p), FunctionFrame.Zmm(Offset + p), number);
        }
    }

    private static void Clear(Assembler code, AssemblerRegisterZMM register) => code.vpxord(register, register, register);
}
