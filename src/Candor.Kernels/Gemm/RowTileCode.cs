using Candor.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Gemms;

/// <summary>
/// Kernels for tiles of float32 sums, of floats or of pairs of bfloat16, that read the left matrix where it lies, row after row: packing it would cost a
/// twentieth of a product whose result has a few hundred columns. There is one for each height of a tile, so that the last rows need no tile of their own
/// elsewhere.
/// </summary>
internal static unsafe class RowTileCode
{
    /// <summary>The highest tile.</summary>
    public const int MostRows = 12;

    // Steps of the sum in a round of the loop.
    private const int Unrolled = 4;

    // Rows that are reached from one register: at it, and once and twice the distance of rows further.
    private const int RowsOfBase = 3;

    /// <summary>Assembles a kernel; 0 where the processor cannot run it.</summary>
    /// <param name="rows">Rows of its tile, up to <see cref="MostRows"/>.</param>
    /// <param name="vectors">Vectors of 16 columns of its tile, 1 or 2.</param>
    /// <param name="pairs">Whether it is for pairs of bfloat16, which are a step then.</param>
    public static nint Make(int rows, int vectors, bool pairs) =>
        (pairs ? AssembledCode.HasBFloat16Products : AssembledCode.HasWideFloats) ? AssembledCode.Make(code => Write(code, rows, vectors, pairs)) : 0;

    /// <summary>c = alpha · (a · b + joined · what follows b), or that is added to c.</summary>
    /// <param name="function">The kernel.</param>
    /// <param name="a">Rows of the left matrix.</param>
    /// <param name="joined">Rows of a second one, of no steps where there is none.</param>
    /// <param name="b">Packed, [steps of both, columns].</param>
    /// <param name="c">A tile of the result.</param>
    /// <param name="stride">Elements between its rows.</param>
    /// <param name="alpha">Factor on the product.</param>
    /// <param name="add">Whether what is in c stays.</param>
    public static void Run(nint function, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, float alpha, bool add)
    {
        var arguments = new Arguments
        {
            Steps = a.Steps, A = a.First, RowBytes = a.Stride * sizeof(float), B = b, C = c, Stride = stride * sizeof(float),
            Joined = joined.Steps, Second = joined.First, SecondRowBytes = joined.Stride * sizeof(float), Alpha = alpha, Add = add ? 1 : 0,
        };
        ((delegate* unmanaged[SuppressGCTransition]<Arguments*, void>)function)(&arguments);
    }

    /// <summary>The offsets are those that the code below reads.</summary>
    private struct Arguments
    {
        public long Steps;
        public float* A;
        public nint RowBytes;
        public float* B, C;
        public nint Stride;
        public long Joined;
        public float* Second;
        public nint SecondRowBytes;
        public float Alpha;
        public int Add;
    }

    private static void Write(Assembler code, int rows, int vectors, bool pairs)
    {
        Label sum = code.CreateLabel(), loop = code.CreateLabel(), rest = code.CreateLabel(), next = code.CreateLabel(), store = code.CreateLabel();
        AssemblerRegister64[] bases = [rdx, r9, r10, r11];
        int count = (rows + RowsOfBase - 1) / RowsOfBase;
        FunctionFrame.Enter(code);
        code.mov(r9, __qword_ptr[rcx + 32]);
        code.mov(r10, __qword_ptr[rcx + 40]);
        TileCode.AskForResult(code, rows, vectors);
        for (int i = 0; i < rows * vectors; i++) code.vpxord(FunctionFrame.Zmm(i), FunctionFrame.Zmm(i), FunctionFrame.Zmm(i));
        code.mov(rax, __qword_ptr[rcx]);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(rsi, __qword_ptr[rcx + 16]);
        code.mov(r8, __qword_ptr[rcx + 24]);

        code.Label(ref sum);
        for (int i = 1; i < count; i++)
        {
            code.lea(bases[i], __[bases[i - 1] + (rsi * 2)]);
            code.add(bases[i], rsi);
        }

        code.mov(rdi, rax);
        code.and(rax, Unrolled - 1);
        code.shr(rdi, 2);
        code.jz(rest);
        code.Label(ref loop);
        for (int step = 0; step < Unrolled; step++) Step(code, bases, rows, vectors, step, pairs);
        Advance(code, bases[..count], vectors, Unrolled);
        code.dec(rdi);
        code.jnz(loop);
        code.Label(ref rest);
        code.test(rax, rax);
        code.jz(next);
        Step(code, bases, rows, vectors, 0, pairs);
        Advance(code, bases[..count], vectors, 1);
        code.dec(rax);
        code.jmp(rest);

        // The second matrix takes the place of the first, and has none after it.
        code.Label(ref next);
        code.mov(rax, __qword_ptr[rcx + 48]);
        code.test(rax, rax);
        code.jz(store);
        code.mov(__qword_ptr[rcx + 48], 0);
        code.mov(rdx, __qword_ptr[rcx + 56]);
        code.mov(rsi, __qword_ptr[rcx + 64]);
        code.jmp(sum);

        code.Label(ref store);
        code.mov(r9, __qword_ptr[rcx + 32]);
        code.mov(r10, __qword_ptr[rcx + 40]);
        TileCode.StoreResult(code, rows, vectors, 72);
        FunctionFrame.Leave(code);
    }

    /// <summary>A step of the sum.</summary>
    private static void Step(Assembler code, AssemblerRegister64[] bases, int rows, int vectors, int step, bool pairs)
    {
        for (int v = 0; v < vectors; v++) code.vmovups(FunctionFrame.Zmm(24 + v), __zmmword_ptr[r8 + (64 * ((step * vectors) + v))]);
        for (int row = 0; row < rows; row++)
        {
            AssemblerRegisterZMM x = FunctionFrame.Zmm(26 + (row % 6));
            AssemblerRegister64 first = bases[row / RowsOfBase];
            int offset = step * sizeof(float);
            code.vbroadcastss(x, (row % RowsOfBase) switch
            {
                0 => __dword_ptr[first + offset],
                1 => __dword_ptr[first + rsi + offset],
                _ => __dword_ptr[first + (rsi * 2) + offset],
            });
            for (int v = 0; v < vectors; v++) TileCode.MultiplyAdd(code, (row * vectors) + v, 24 + v, x, pairs);
        }
    }

    private static void Advance(Assembler code, AssemblerRegister64[] bases, int vectors, int steps)
    {
        foreach (AssemblerRegister64 one in bases) code.add(one, steps * sizeof(float));
        code.add(r8, steps * vectors * 64);
    }
}
