using Candor.Kernels.Assembly;
using Candor.Kernels.Gemms;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Limits;

/// <summary><c>tdpbf16ps</c> with all its operands in tile registers: four sums, each from two of them.</summary>
internal static unsafe class MatrixTileLoop
{
    /// <summary>Operations of a pass.</summary>
    public const long UnitsPerPass = Rounds * 4L * 2 * MatrixTileCode.TileRows * 16 * 2 * MatrixTileCode.TileCells;

    private const int Rounds = 16, RowBytes = 64, TileBytes = RowBytes * MatrixTileCode.TileRows;

    /// <summary>The function; 0 where the processor cannot run it.</summary>
    public static nint Function { get; } = AssembledCode.HasTileProducts ? AssembledCode.Make(Write) : 0;

    /// <summary>Runs so many passes over the begin of a panel.</summary>
    public static float Run(byte* panel, int passes)
    {
        float* sums = stackalloc float[TileBytes / sizeof(float)];
        byte* shape = stackalloc byte[MatrixTileCode.ShapeBytes];
        MatrixTileCode.Shape(shape, MatrixTileCode.TileRows, MatrixTileCode.TileRows);
        var arguments = new Arguments { Panel = panel, Passes = passes, Sums = sums, Shape = shape };
        ((delegate* unmanaged<Arguments*, void>)Function)(&arguments);
        return sums[0];
    }

    private static void Write(Assembler code)
    {
        Label pass = code.CreateLabel();
        FunctionFrame.Enter(code);
        code.mov(rax, __qword_ptr[rcx + 24]);
        code.ldtilecfg(__[rax]);
        code.mov(rax, __qword_ptr[rcx]);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(r8, __qword_ptr[rcx + 16]);
        code.mov(r9d, RowBytes);
        for (int i = 0; i < 4; i++)
        {
            code.tilezero(MatrixTileCode.Tile(i));
            code.tileloadd(MatrixTileCode.Tile(4 + i), __[rax + (r9 * 1) + (i * TileBytes)]);
        }

        code.Label(ref pass);
        for (int round = 0; round < Rounds; round++)
            for (int i = 0; i < 4; i++) code.tdpbf16ps(MatrixTileCode.Tile(i), MatrixTileCode.Tile(4 + (i / 2)), MatrixTileCode.Tile(6 + (i % 2)));
        code.dec(rdx);
        code.jnz(pass);
        code.tilestored(__[r8 + (r9 * 1)], MatrixTileCode.Tile(0));
        code.tilerelease();
        FunctionFrame.Leave(code);
    }

    private struct Arguments
    {
        public byte* Panel;
        public long Passes;
        public float* Sums;
        public byte* Shape;
    }
}
