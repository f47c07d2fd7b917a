using System.Runtime.Intrinsics;
using Candor.Kernels.Assembly;
using Candor.Tensors;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Floats;

/// <summary>
/// Four rows of floats, halves or bfloat16 as they are stored, times a few tokens: each number becomes a float on its way into a product. .NET has no
/// name for the instruction that converts halves.
/// </summary>
internal static unsafe class RowCode
{
    /// <summary>Rows together.</summary>
    public const int Rows = 4;

    /// <summary>Most tokens together.</summary>
    public const int MostTokens = 4;

    // Bytes of a row that are asked for before they are needed; of rows one after the other more. Where memory is read at several places, the next four rows are.
    private const int Ahead = 1024, AheadOfSingle = 8192, Weights = 16, Inputs = 20;

    private static readonly nint[] Functions = new nint[2 * 3 * MostTokens];

    /// <summary>Whether rows of a weight can be multiplied so.</summary>
    public static bool Serves(WeightMatrix weight) =>
        AssembledCode.HasWideFloats && weight.Columns % 16 == 0 && weight.Rows >= Rows && weight.Type is ElementType.F32 or ElementType.F16 or ElementType.BF16;

    /// <summary>Multiplies four rows.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="row">The first row.</param>
    /// <param name="x">[tokens, columns].</param>
    /// <param name="tokens">1 to <see cref="MostTokens"/>.</param>
    /// <param name="products">Receives [tokens, 4].</param>
    /// <param name="sideBySide">Whether memory is read fastest at several places side by side, as <see cref="MemoryOrder.Streams"/> says: what comes of it is the same.</param>
    public static void Multiply(WeightMatrix weight, int row, float* x, int tokens, float* products, bool sideBySide)
    {
        float* sums = stackalloc float[Rows * MostTokens * 16];
        var arguments = new Arguments { Steps = weight.Columns / 16, Weights = weight.Row(row), RowBytes = weight.RowBytes, Inputs = x, InputBytes = (nint)weight.Columns * sizeof(float), Sums = sums };
        ref nint function = ref Functions[(((Kind(weight.Type) * MostTokens) + tokens - 1) * 2) + (sideBySide ? 1 : 0)];
        if (Volatile.Read(ref function) == 0) Volatile.Write(ref function, Make(weight.Type, tokens, sideBySide));
        ((delegate* unmanaged[SuppressGCTransition]<Arguments*, void>)function)(&arguments);
        for (int i = 0; i < Rows * tokens; i++) products[i] = Vector512.Sum(Vector512.Load(sums + (16 * i)));
    }

    private static int Kind(ElementType type) => type switch { ElementType.F32 => 0, ElementType.F16 => 1, _ => 2 };

    private static nint Make(ElementType type, int tokens, bool sideBySide) => AssembledCode.Make(code =>
    {
        if (tokens == 1 && !sideBySide) WriteSingle(code, type);
        else Write(code, type, tokens, nextRows: sideBySide);
    });

    /// <summary>One token: row after row, where memory likes to be read so. Each sum is formed in the same order as where there are more.</summary>
    private static void WriteSingle(Assembler code, ElementType type)
    {
        int step = type == ElementType.F32 ? 64 : 32;
        FunctionFrame.Enter(code);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(r8, __qword_ptr[rcx + 16]);
        code.mov(r10, __qword_ptr[rcx + 40]);
        for (int r = 0; r < Rows; r++)
        {
            Label loop = code.CreateLabel();
            AssemblerRegisterZMM sum = FunctionFrame.Zmm(r), w = FunctionFrame.Zmm(Weights + r);
            code.mov(rax, __qword_ptr[rcx]);
            code.mov(r9, __qword_ptr[rcx + 24]);
            code.mov(r11, rdx);
            code.vpxord(sum, sum, sum);
            code.Label(ref loop);
            code.prefetcht0(__byte_ptr[r11 + AheadOfSingle]);
            Load(code, type, w, __[r11]);
            code.vfmadd231ps(sum, w, __zmmword_ptr[r9]);
            code.add(r11, step);
            code.add(r9, 64);
            code.dec(rax);
            code.jnz(loop);
            code.add(rdx, r8);
            code.vmovups(__zmmword_ptr[r10 + (64 * r)], sum);
        }

        FunctionFrame.Leave(code);
    }

    /// <summary>Sixteen numbers of a row as floats.</summary>
    private static void Load(Assembler code, ElementType type, AssemblerRegisterZMM w, AssemblerMemoryOperand at)
    {
        switch (type)
        {
            case ElementType.F32: code.vmovups(w, at); break;
            case ElementType.F16: code.vcvtph2ps(w, __ymmword_ptr[at]); break;
            default:
                code.vpmovzxwd(w, __ymmword_ptr[at]);
                code.vpslld(w, w, 16);
                break;
        }
    }

    private static void Write(Assembler code, ElementType type, int tokens, bool nextRows)
    {
        Label loop = code.CreateLabel();
        int step = type == ElementType.F32 ? 64 : 32;
        FunctionFrame.Enter(code);
        code.mov(rax, __qword_ptr[rcx]);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(r8, __qword_ptr[rcx + 16]);
        code.mov(r9, __qword_ptr[rcx + 24]);
        code.mov(r10, __qword_ptr[rcx + 32]);
        code.lea(r11, __qword_ptr[rdx + (r8 * 2)]);
        if (nextRows) code.lea(rsi, __qword_ptr[r8 * 4]);
        else code.mov(rsi, Ahead);
        code.lea(rdi, __qword_ptr[rsi + r8]);

        // The argument's register is needed for the inputs; what it says last waits on the stack.
        code.push(__qword_ptr[rcx + 40]);
        for (int i = 0; i < Rows * tokens; i++) code.vpxord(FunctionFrame.Zmm(i), FunctionFrame.Zmm(i), FunctionFrame.Zmm(i));
        code.Label(ref loop);
        for (int r = 0; r < Rows; r++)
        {
            AssemblerRegisterZMM w = FunctionFrame.Zmm(Weights + r);
            AssemblerRegister64 from = r < 2 ? rdx : r11;
            code.prefetcht0(__byte_ptr[from + (r % 2 == 0 ? rsi : rdi)]);
            Load(code, type, w, r % 2 == 0 ? __[from] : __[from + r8]);
        }

        code.mov(rcx, r9);
        for (int t = 0; t < tokens; t++)
        {
            AssemblerRegisterZMM x = FunctionFrame.Zmm(Inputs + t);
            code.vmovups(x, __zmmword_ptr[rcx]);
            if (t < tokens - 1) code.add(rcx, r10);
            for (int r = 0; r < Rows; r++) code.vfmadd231ps(FunctionFrame.Zmm((t * Rows) + r), FunctionFrame.Zmm(Weights + r), x);
        }

        code.add(rdx, step);
        code.add(r11, step);
        code.add(r9, 64);
        code.dec(rax);
        code.jnz(loop);

        code.pop(rcx);
        for (int i = 0; i < Rows * tokens; i++) code.vmovups(__zmmword_ptr[rcx + (64 * i)], FunctionFrame.Zmm(i));
        FunctionFrame.Leave(code);
    }

    private struct Arguments
    {
        public long Steps;
        public byte* Weights;
        public nint RowBytes;
        public float* Inputs;
        public nint InputBytes;
        public float* Sums;
    }
}
