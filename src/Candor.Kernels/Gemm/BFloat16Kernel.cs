using Candor.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Gemms;

/// <summary>
/// The tile of the 512-bit kernel of floats, from pairs of bfloat16 with sums in float32: <c>vdpbf16ps</c> does two steps of sixteen sums
/// at once. It takes numbers below 2⁻¹²⁶ for 0. <see cref="Rounded{TKernel}"/> is the same without assembled code.
/// </summary>
internal readonly unsafe struct BFloat16Kernel : IGemmKernel
{
    private static readonly nint Function = AssembledCode.HasBFloat16Products ? AssembledCode.Make(Write) : 0;

    /// <summary>Whether it can run here.</summary>
    public static bool IsSupported => Function != 0;

    public static int Rows => 12;

    public static int Columns => 32;

    public static Packing Packing => Packing.Pairs;

    public static void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add)
    {
        var arguments = new Arguments { Steps = k, A = a, B = b, C = c, Stride = stride * sizeof(float), Alpha = alpha, Add = add ? 1 : 0 };
        ((delegate* unmanaged[SuppressGCTransition]<Arguments*, void>)Function)(&arguments);
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

    private static void Write(Assembler code)
    {
        Label loop = code.CreateLabel(), store = code.CreateLabel(), plain = code.CreateLabel(), done = code.CreateLabel();
        if (OperatingSystem.IsWindows()) SaveRegisters(code, save: true);
        else code.mov(rcx, rdi);
        code.mov(rax, __qword_ptr[rcx]);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(r8, __qword_ptr[rcx + 16]);
        for (int i = 0; i < 24; i++) code.vpxord(Register(i), Register(i), Register(i));
        code.test(rax, rax);
        code.jz(store);
        code.Label(ref loop);
        code.vmovups(zmm24, __zmmword_ptr[r8]);
        code.vmovups(zmm25, __zmmword_ptr[r8 + 64]);
        for (int row = 0; row < 12; row++)
        {
            AssemblerRegisterZMM x = Register(26 + (row % 6));
            code.vbroadcastss(x, __dword_ptr[rdx + (row * 4)]);
            code.vdpbf16ps(Register(2 * row), zmm24, x);
            code.vdpbf16ps(Register((2 * row) + 1), zmm25, x);
        }

        code.add(rdx, 12 * 4);
        code.add(r8, 32 * 4);
        code.dec(rax);
        code.jnz(loop);
        code.Label(ref store);
        code.mov(r9, __qword_ptr[rcx + 24]);
        code.mov(r10, __qword_ptr[rcx + 32]);
        code.vbroadcastss(zmm24, __dword_ptr[rcx + 40]);
        code.cmp(__dword_ptr[rcx + 44], 0);
        code.je(plain);
        Store(code, add: true);
        code.jmp(done);
        code.Label(ref plain);
        Store(code, add: false);
        code.Label(ref done);
        code.vzeroupper();
        if (OperatingSystem.IsWindows()) SaveRegisters(code, save: false);
        code.ret();
    }

    private static void Store(Assembler code, bool add)
    {
        for (int row = 0; row < 12; row++)
        {
            for (int half = 0; half < 2; half++)
            {
                AssemblerRegisterZMM sum = Register((2 * row) + half);
                if (add) code.vfmadd213ps(sum, zmm24, __zmmword_ptr[r9 + (64 * half)]);
                else code.vmulps(sum, sum, zmm24);
                code.vmovups(__zmmword_ptr[r9 + (64 * half)], sum);
            }

            if (row < 11) code.add(r9, r10);
        }
    }

    /// <summary>The ten vector registers that a function on Windows must leave as they were.</summary>
    private static void SaveRegisters(Assembler code, bool save)
    {
        if (save) code.sub(rsp, 168);
        for (int i = 0; i < 10; i++)
        {
            var register = new AssemblerRegisterXMM(Iced.Intel.Register.XMM6 + i);
            if (save) code.vmovups(__xmmword_ptr[rsp + (16 * i)], register);
            else code.vmovups(register, __xmmword_ptr[rsp + (16 * i)]);
        }

        if (!save) code.add(rsp, 168);
    }

    private static AssemblerRegisterZMM Register(int index) => new(Iced.Intel.Register.ZMM0 + index);
}
