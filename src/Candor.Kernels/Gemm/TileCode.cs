using Candor.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Gemms;

/// <summary>
/// Kernels for tiles of up to 24 vectors of float32 sums: of floats, or of pairs of bfloat16, where <c>vdpbf16ps</c> does two steps of sixteen
/// sums at once. It takes numbers below 2⁻¹²⁶ for 0.
/// </summary>
internal static unsafe class TileCode
{
    /// <summary>Assembles a kernel; 0 where the processor cannot run it.</summary>
    /// <param name="rows">Rows of its tile.</param>
    /// <param name="vectors">Vectors of 16 columns of its tile, 1 or 2.</param>
    /// <param name="pairs">Whether it is for pairs of bfloat16.</param>
    public static nint Make(int rows, int vectors, bool pairs) =>
        (pairs ? AssembledCode.HasBFloat16Products : AssembledCode.HasWideFloats) ? AssembledCode.Make(code => Write(code, rows, vectors, pairs)) : 0;

    /// <summary>Runs a kernel.</summary>
    public static void Run(nint function, int k, float* a, float* b, float* c, nint stride, float alpha, bool add)
    {
        var arguments = new Arguments { Steps = k, A = a, B = b, C = c, Stride = stride * sizeof(float), Alpha = alpha, Add = add ? 1 : 0 };
        ((delegate* unmanaged[SuppressGCTransition]<Arguments*, void>)function)(&arguments);
    }

    /// <summary>One argument has its place in the same few registers everywhere, seven do not.</summary>
    private struct Arguments
    {
        public long Steps;
        public float* A, B, C;
        public nint Stride;
        public float Alpha;
        public int Add;
    }

    private static void Write(Assembler code, int rows, int vectors, bool pairs)
    {
        Label loop = code.CreateLabel(), store = code.CreateLabel();
        FunctionFrame.Enter(code);
        code.mov(rax, __qword_ptr[rcx]);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(r8, __qword_ptr[rcx + 16]);
        code.mov(r9, __qword_ptr[rcx + 24]);
        code.mov(r10, __qword_ptr[rcx + 32]);

        AskForResult(code, rows, vectors);
        for (int i = 0; i < rows * vectors; i++) code.vpxord(FunctionFrame.Zmm(i), FunctionFrame.Zmm(i), FunctionFrame.Zmm(i));
        code.test(rax, rax);
        code.jz(store);
        code.Label(ref loop);
        for (int v = 0; v < vectors; v++) code.vmovups(FunctionFrame.Zmm(24 + v), __zmmword_ptr[r8 + (64 * v)]);
        for (int row = 0; row < rows; row++)
        {
            AssemblerRegisterZMM x = FunctionFrame.Zmm(26 + (row % 6));
            code.vbroadcastss(x, __dword_ptr[rdx + (row * 4)]);
            for (int v = 0; v < vectors; v++) MultiplyAdd(code, (row * vectors) + v, 24 + v, x, pairs);
        }

        code.add(rdx, rows * 4);
        code.add(r8, vectors * 64);
        code.dec(rax);
        code.jnz(loop);
        code.Label(ref store);
        StoreResult(code, rows, vectors, 40);
        FunctionFrame.Leave(code);
    }

    /// <summary>Adds products of two registers to a third.</summary>
    public static void MultiplyAdd(Assembler code, int sum, int right, AssemblerRegisterZMM left, bool pairs)
    {
        if (pairs) code.vdpbf16ps(FunctionFrame.Zmm(sum), FunctionFrame.Zmm(right), left);
        else code.vfmadd231ps(FunctionFrame.Zmm(sum), FunctionFrame.Zmm(right), left);
    }

    /// <summary>Asks for the tile of the result, from r9 on with r10 bytes between rows, while its sums are still being made; it uses r11.</summary>
    public static void AskForResult(Assembler code, int rows, int vectors)
    {
        code.mov(r11, r9);
        for (int row = 0; row < rows; row++)
        {
            code.prefetcht0(__byte_ptr[r11]);
            code.prefetcht0(__byte_ptr[r11 + (vectors * 64) - 1]);
            if (row < rows - 1) code.add(r11, r10);
        }
    }

    /// <summary>Stores the sums from r9 on with r10 bytes between rows, times a factor that lies some bytes behind rcx, or adds them where the number after it is not 0.</summary>
    public static void StoreResult(Assembler code, int rows, int vectors, int factor)
    {
        Label plain = code.CreateLabel(), done = code.CreateLabel();
        code.vbroadcastss(zmm24, __dword_ptr[rcx + factor]);
        code.cmp(__dword_ptr[rcx + factor + 4], 0);
        code.je(plain);
        Store(code, rows, vectors, add: true);
        code.jmp(done);
        code.Label(ref plain);
        Store(code, rows, vectors, add: false);
        code.Label(ref done);
    }

    private static void Store(Assembler code, int rows, int vectors, bool add)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int v = 0; v < vectors; v++)
            {
                AssemblerRegisterZMM sum = FunctionFrame.Zmm((row * vectors) + v);
                if (add) code.vfmadd213ps(sum, zmm24, __zmmword_ptr[r9 + (64 * v)]);
                else code.vmulps(sum, sum, zmm24);
                code.vmovups(__zmmword_ptr[r9 + (64 * v)], sum);
            }

            if (row < rows - 1) code.add(r9, r10);
        }
    }
}
