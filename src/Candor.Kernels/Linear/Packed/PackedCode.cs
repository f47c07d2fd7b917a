using Candor.Kernels.Assembly;
using Candor.Kernels.Integer;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Packing;

/// <summary>
/// Code that goes through the cells of a <see cref="PackedWeight"/>: it takes codes and scales of a cell into registers, and leaves what
/// is to be done with them to whoever writes it.
/// </summary>
/// <param name="code">Receives the code.</param>
/// <param name="format">The format.</param>
/// <param name="panels">Panels side by side, cell after cell: 1, 2 or 4.</param>
internal abstract class PackedCode(Assembler code, PackedFormat format, int panels = 1)
{
    private const int Low = 20, High = 21, Levels = 22, Half = 23;

    // Registers that a format with the one has no other use for.
    private const int Sign = Levels;

    // Of each panel two, where there are several.
    private const int Head = 23, FirstHead = 8;

    /// <summary>Registers of the scales of a cell, of all 32 columns or of the first 16, and of the last 16.</summary>
    protected const int Scale = 25, LastScale = 30;

    /// <summary>The register of the minima of a cell, which are to be added.</summary>
    protected const int Min = 26;

    /// <summary>A register for anything.</summary>
    protected const int Free = 31;

    /// <summary>Registers that hold codes on their way; free at the end of a cell.</summary>
    protected const int Nibbles = 27, Code = 28, Spare = 29;

    /// <summary>Where the code goes.</summary>
    protected Assembler To => code;

    /// <summary>The format.</summary>
    protected PackedFormat Format => format;

    /// <summary>Panels side by side; their addresses lie as many bytes apart as <c>r8</c> says.</summary>
    protected int Panels => panels;

    /// <summary>The panel whose cell is being written.</summary>
    protected int Panel { get; private set; }

    /// <summary>Writes a function of one argument, whose first fields are the number of cells, the first cell's address, and the levels' and masks' address.</summary>
    public void Write()
    {
        Label outer = code.CreateLabel(), inner = code.CreateLabel();
        bool heads = format.HeadBytes > 0;
        FunctionFrame.Enter(code);
        code.mov(rax, __qword_ptr[rcx]);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(r8, __qword_ptr[rcx + 16]);
        code.vbroadcasti32x4(Zmm(Low), __xmmword_ptr[r8]);
        code.vbroadcasti32x4(Zmm(High), __xmmword_ptr[r8 + (format.Bits == 6 ? 32 : 16)]);
        if (format.Table is not null) code.vbroadcasti32x4(Zmm(Levels), __xmmword_ptr[r8 + 48]);
        else code.vpbroadcastd(Zmm(Sign), __dword_ptr[r8 + 68]);
        if (format.Scale == PackedScale.Exponent) code.vbroadcastss(Zmm(Half), __dword_ptr[r8 + 64]);
        Begin();
        if (panels > 2) code.lea(rsi, __[rdx + (r8 * 2)]);
        if (heads)
        {
            code.Label(ref outer);
            for (Panel = 0; Panel < panels; Panel++)
            {
                code.vcvtph2ps(Zmm(HeadScale), __ymmword_ptr[Cell(0)]);
                if (format.Offsets) code.vcvtph2ps(Zmm(HeadMin), __ymmword_ptr[Cell(32)]);
            }

            Advance(format.HeadBytes);
            code.mov(r9d, 8);
        }

        code.Label(ref inner);
        for (Panel = 0; Panel < panels; Panel++)
        {
            BeginCell();
            Codes();
            Scales();
            EndCell();
        }

        EndColumns();
        Advance(format.CellBytes);
        if (heads) code.dec(r9);
        else code.dec(rax);
        code.jnz(inner);
        if (heads)
        {
            code.sub(rax, 8);
            code.jnz(outer);
        }

        End();
        FunctionFrame.Leave(code);
    }

    /// <summary>A 512-bit register.</summary>
    protected static AssemblerRegisterZMM Zmm(int index) => FunctionFrame.Zmm(index);

    /// <summary>Before the first cell.</summary>
    protected abstract void Begin();

    /// <summary>Before the codes of a cell.</summary>
    protected abstract void BeginCell();

    /// <summary>Does something with the codes of four columns, without sign.</summary>
    /// <param name="step">Which four of the cell, 0 to 7; they do not come in order.</param>
    /// <param name="register">Where they are: one row a lane. It may be written over.</param>
    protected abstract void Four(int step, AssemblerRegisterZMM register);

    /// <summary>After the codes of a cell; its scales and minima are in their registers.</summary>
    protected abstract void EndCell();

    /// <summary>After the cells of the same columns of all panels.</summary>
    protected abstract void EndColumns();

    /// <summary>After the last cell.</summary>
    protected abstract void End();

    /// <summary>An address in the cell, or in the head, of the panel.</summary>
    protected AssemblerMemoryOperand Cell(int offset)
    {
        AssemblerRegister64 from = Panel < 2 ? rdx : rsi;
        return Panel % 2 == 0 ? from + offset : from + r8 + offset;
    }

    private int HeadScale => panels == 1 ? Head : FirstHead + (2 * Panel);

    private int HeadMin => HeadScale + 1;

    private void Advance(int bytes)
    {
        code.add(rdx, bytes);
        if (panels > 2) code.add(rsi, bytes);
    }

    private void Codes()
    {
        for (int v = 0; v < (format.Bits == 8 ? 8 : 4); v++)
        {
            AssemblerRegisterZMM nibbles = Zmm(Nibbles), four = Zmm(Code);
            if (format.Bits == 8)
            {
                code.vmovdqu32(four, __zmmword_ptr[Cell(64 * v)]);
                Four(v, four);
                continue;
            }

            code.vmovdqu32(nibbles, __zmmword_ptr[Cell(64 * v)]);
            code.vpandd(four, nibbles, Zmm(Low));
            Whole(v, four);
            Four(v, four);
            code.vpsrlw(nibbles, nibbles, 4);
            code.vpandd(four, nibbles, Zmm(Low));
            Whole(v + 4, four);
            Four(v + 4, four);
        }
    }

    /// <summary>Adds the upper bits, or looks up a level.</summary>
    private void Whole(int step, AssemblerRegisterZMM four)
    {
        if (format.Table is not null) code.vpshufb(four, Zmm(Levels), four);
        if (format.Bits == 5)
        {
            code.kmovq(k1, __qword_ptr[Cell(256 + (8 * step))]);
            code.vpaddb(four.k1, four, Zmm(High));
        }

        if (format.Bits != 6) return;
        AssemblerRegisterZMM upper = Zmm(Spare);
        int shift = 4 - (2 * (step % 4));
        AssemblerMemoryOperand from = __zmmword_ptr[Cell(256 + (step / 4 * 64))];
        if (shift > 0) code.vpslld(upper, from, (byte)shift);
        else if (shift < 0) code.vpsrld(upper, from, (byte)-shift);
        else code.vmovdqu32(upper, from);
        code.vpternlogd(four, upper, Zmm(High), 0xF8); // four | (upper & mask)
    }

    private void Scales()
    {
        int at = format.CodeBytes, mins = at + format.ScaleBytes;
        AssemblerRegisterZMM scale = Zmm(Scale), min = Zmm(Min);
        switch (format.Scale)
        {
            case PackedScale.Half:
                code.vcvtph2ps(scale, __ymmword_ptr[Cell(at)]);
                if (format.Offsets) code.vcvtph2ps(min, __ymmword_ptr[Cell(mins)]);
                break;
            case PackedScale.Exponent:
                // 2^(e − 127), and half of it, since the levels are doubled.
                code.vpmovzxbd(scale, __xmmword_ptr[Cell(at)]);
                code.vpslld(scale, scale, 23);
                code.vmulps(scale, scale, Zmm(Half));
                break;
            default:
                ByteScale(scale, at);
                if (format.Halves) ByteScale(Zmm(LastScale), at + PackedFormat.Rows);
                if (!format.Offsets) break;
                code.vpmovzxbd(min, __xmmword_ptr[Cell(mins)]);
                code.vcvtdq2ps(min, min);
                code.vmulps(min, min, Zmm(HeadMin));
                code.vpxord(min, min, Zmm(Sign));
                break;
        }
    }

    private void ByteScale(AssemblerRegisterZMM scale, int at)
    {
        code.vpmovsxbd(scale, __xmmword_ptr[Cell(at)]);
        code.vcvtdq2ps(scale, scale);
        code.vmulps(scale, scale, Zmm(HeadScale));
    }
}
