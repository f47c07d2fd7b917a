using Candor.Kernels.Assembly;
using Candor.Kernels.Gemms;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Integer;

/// <summary>Where an assembled kernel puts its sums.</summary>
internal unsafe struct StoreArguments(in PanelOutput output)
{
    public float* Output = output.Output;
    public nint Stride = output.Stride * sizeof(float);
    public float Scale = output.Scale;
    public int Add = output.Accumulate ? 1 : 0;
}

/// <summary>The end of kernels whose sums of each token stand in the first registers.</summary>
internal static class StoreCode
{
    private const int Scale = 26;

    /// <summary>Writes the sums, sixteen rows of each token, or adds them to what is there. Uses r9 to r11.</summary>
    /// <param name="code">Receives the code.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="at">Where <see cref="StoreArguments"/> stand behind <c>rcx</c>.</param>
    /// <param name="panels">Sixteens of rows of each token, whose sums stand side by side.</param>
    public static void Write(Assembler code, int tokens, int at, int panels = 1)
    {
        Label plain = code.CreateLabel(), done = code.CreateLabel();
        code.mov(r9, __qword_ptr[rcx + at]);
        code.mov(r11, __qword_ptr[rcx + at + 8]);
        code.vbroadcastss(FunctionFrame.Zmm(Scale), __dword_ptr[rcx + at + 16]);
        code.cmp(__dword_ptr[rcx + at + 20], 0);
        code.je(plain);
        Rows(code, tokens, panels, add: true);
        code.jmp(done);
        code.Label(ref plain);
        Rows(code, tokens, panels, add: false);
        code.Label(ref done);
    }

    /// <summary>Asks for the memory that <see cref="Write"/> will use, a product ahead of it: rows of outputs lie too far apart for the processor to guess. Uses r9 to r11.</summary>
    /// <inheritdoc cref="Write"/>
    public static void Ask(Assembler code, int tokens, int at, int panels)
    {
        code.mov(r9, __qword_ptr[rcx + at]);
        code.mov(r10, __qword_ptr[rcx + at + 8]);
        TileCode.AskForResult(code, tokens, panels);
    }

    private static void Rows(Assembler code, int tokens, int panels, bool add)
    {
        AssemblerRegisterZMM scale = FunctionFrame.Zmm(Scale);
        for (int t = 0; t < tokens; t++)
        {
            for (int p = 0; p < panels; p++)
            {
                AssemblerRegisterZMM total = FunctionFrame.Zmm((t * panels) + p);
                if (add) code.vfmadd213ps(total, scale, __zmmword_ptr[r9 + (64 * p)]);
                else code.vmulps(total, total, scale);
                code.vmovups(__zmmword_ptr[r9 + (64 * p)], total);
            }

            if (t < tokens - 1) code.add(r9, r11);
        }
    }
}
