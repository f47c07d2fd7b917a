using Candor.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Candor.Kernels.Gemms;

/// <summary>
/// Kernels of tile registers (Intel, Architecture Instruction Set Extensions Programming Reference, chapter 3): <c>tdpbf16ps</c> adds a product of 16 rows by 32
/// steps of bfloat16 and 32 steps by 16 columns to a tile of float32 sums. Rows of the left matrix are read where they lie, so are the panels that the
/// kernels of pairs read. It takes numbers below 2⁻¹²⁶ for 0.
/// </summary>
internal static unsafe class MatrixTileCode
{
    /// <summary>Rows of a tile register, of sums and of the left matrix.</summary>
    public const int TileRows = 16;

    /// <summary>Cells along the sum of a tile register; both matrices are filled up with zeros to a multiple.</summary>
    public const int TileCells = 16;

    // Bytes of a row of a tile register.
    private const int RowBytes = 64;

    /// <summary>Bytes of what <see cref="Shape"/> writes.</summary>
    public const int ShapeBytes = 64;

    // Where the rest of the arguments lies.
    private const int AddOffset = 72, TimesOffset = 80, JoinedNowOffset = 88, ShapeOffset = 96;

    /// <summary>Assembles a kernel; 0 where the processor cannot run it.</summary>
    /// <param name="tiles">Tiles of 16 rows, 1 or 2, of which the last may have less.</param>
    /// <param name="vectors">Tiles of 16 columns, 1 or 2.</param>
    public static nint Make(int tiles, int vectors) => AssembledCode.HasTileProducts ? AssembledCode.Make(code => Write(code, tiles, vectors)) : 0;

    /// <summary>c = a · b + joined · what follows b, or that is added to c.</summary>
    /// <param name="function">The kernel for so many rows.</param>
    /// <param name="rows">Rows, as many as its tiles have.</param>
    /// <param name="times">How often, each time the rows behind; more than once only for whole tiles.</param>
    /// <param name="a">Rows of the left matrix; its steps are a multiple of <see cref="TileCells"/>.</param>
    /// <param name="joined">Rows of a second one, of no steps where there is none.</param>
    /// <param name="b">Packed, [steps of both, columns].</param>
    /// <param name="c">A tile of the result.</param>
    /// <param name="stride">Elements between its rows.</param>
    /// <param name="add">Whether what is in c stays.</param>
    public static void Run(nint function, int rows, int times, in LeftRows a, in LeftRows joined, float* b, float* c, nint stride, bool add)
    {
        var arguments = new Arguments
        {
            Steps = a.Steps / TileCells, A = a.First, RowBytes = a.Stride * sizeof(float), B = b, C = c, Stride = stride * sizeof(float),
            Joined = joined.Steps / TileCells, Second = joined.First, SecondRowBytes = joined.Stride * sizeof(float), Add = add ? 1 : 0, Times = times,
        };
        Shape(arguments.Shape, Math.Min(rows, TileRows), Math.Max(rows - TileRows, 0));
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
        public long Add, Times;
        private readonly long joinedNow;
        public fixed byte Shape[ShapeBytes];
    }

    /// <summary>
    /// Says how high the tiles are, all of them 64 bytes wide: palette 1, widths from byte 16 on, heights from byte 48 on. Tiles 0 and 1 are sums of the first
    /// rows, 2 and 3 of the last ones, 4 and 5 rows of the left matrix, 6 and 7 columns of the right one.
    /// </summary>
    /// <param name="shape">Zeros, <see cref="ShapeBytes"/> of them.</param>
    /// <param name="first">Rows of the first tiles, 1 to 16.</param>
    /// <param name="last">Rows of the last ones, up to 16.</param>
    public static void Shape(byte* shape, int first, int last)
    {
        shape[0] = 1;
        for (int tile = 0; tile < 8; tile++)
        {
            bool right = tile >= 6, low = tile is 2 or 3 or 5;
            int height = right ? TileCells : low ? last : first;
            if (height == 0) continue;
            *(ushort*)(shape + 16 + (2 * tile)) = RowBytes;
            shape[48 + tile] = (byte)height;
        }
    }

    private static void Write(Assembler code, int tiles, int vectors)
    {
        Label again = code.CreateLabel(), sum = code.CreateLabel(), loop = code.CreateLabel(), zero = code.CreateLabel(), store = code.CreateLabel(), next = code.CreateLabel();
        FunctionFrame.Enter(code);
        code.ldtilecfg(__[rcx + ShapeOffset]);
        code.mov(rdi, RowBytes * vectors);

        code.Label(ref again);
        Result(code);
        code.mov(rax, __qword_ptr[rcx + 48]);
        code.mov(__qword_ptr[rcx + JoinedNowOffset], rax);
        code.cmp(__qword_ptr[rcx + AddOffset], 0);
        code.je(zero);
        ForEach(code, tiles, vectors, (tile, at) => code.tileloadd(tile, at));
        code.jmp(next);
        code.Label(ref zero);
        ForEach(code, tiles, vectors, (tile, _) => code.tilezero(tile));
        code.Label(ref next);
        code.mov(rax, r10);
        code.shl(rax, (byte)(tiles + 3));
        code.add(r9, rax);
        code.mov(rax, __qword_ptr[rcx]);
        code.mov(rdx, __qword_ptr[rcx + 8]);
        code.mov(rsi, __qword_ptr[rcx + 16]);
        code.mov(r8, __qword_ptr[rcx + 24]);

        code.Label(ref sum);
        code.mov(r11, rsi);
        code.shl(r11, 4);
        code.add(r11, rdx);
        code.Label(ref loop);
        Step(code, tiles, vectors);
        code.add(rdx, RowBytes);
        code.add(r11, RowBytes);
        code.add(r8, RowBytes * TileCells * vectors);
        code.dec(rax);
        code.jnz(loop);

        // The second matrix takes the place of the first, and has none after it.
        code.mov(rax, __qword_ptr[rcx + JoinedNowOffset]);
        code.test(rax, rax);
        code.jz(store);
        code.mov(__qword_ptr[rcx + JoinedNowOffset], 0);
        code.mov(rdx, __qword_ptr[rcx + 56]);
        code.mov(rsi, __qword_ptr[rcx + 64]);
        code.jmp(sum);

        code.Label(ref store);
        Result(code);
        ForEach(code, tiles, vectors, (tile, at) => code.tilestored(at, tile));
        foreach ((int place, int distance) in ((int, int)[])[(8, 16), (32, 40), (56, 64)])
        {
            code.mov(rax, __qword_ptr[rcx + distance]);
            code.shl(rax, (byte)(tiles + 3));
            code.add(__qword_ptr[rcx + place], rax);
        }

        code.dec(__qword_ptr[rcx + TimesOffset]);
        code.jnz(again);
        code.tilerelease();
        FunctionFrame.Leave(code);
    }

    /// <summary>Sums of 32 steps.</summary>
    private static void Step(Assembler code, int tiles, int vectors)
    {
        for (int v = 0; v < vectors; v++) code.tileloadd(Tile(6 + v), __[r8 + (rdi * 1) + (RowBytes * v)]);
        for (int t = 0; t < tiles; t++)
        {
            code.tileloadd(Tile(4 + t), t == 0 ? __[rdx + (rsi * 1)] : __[r11 + (rsi * 1)]);
            for (int v = 0; v < vectors; v++) code.tdpbf16ps(Tile((2 * t) + v), Tile(4 + t), Tile(6 + v));

            // The result's next rows are asked for meanwhile: they lie far from each other, and no processor guesses that.
            for (int v = 0; v < vectors; v++) code.prefetcht1(__byte_ptr[r9 + (RowBytes * v)]);
            code.add(r9, r10);
        }
    }

    /// <summary>Puts the place of the result into r9, of its 17th row into r11, and the distance of rows into r10.</summary>
    private static void Result(Assembler code)
    {
        code.mov(r9, __qword_ptr[rcx + 32]);
        code.mov(r10, __qword_ptr[rcx + 40]);
        code.mov(r11, r10);
        code.shl(r11, 4);
        code.add(r11, r9);
    }

    private static void ForEach(Assembler code, int tiles, int vectors, Action<AssemblerRegisterTMM, AssemblerMemoryOperand> write)
    {
        for (int t = 0; t < tiles; t++)
            for (int v = 0; v < vectors; v++) write(Tile((2 * t) + v), t == 0 ? __[r9 + (r10 * 1) + (RowBytes * v)] : __[r11 + (r10 * 1) + (RowBytes * v)]);
    }

    /// <summary>A tile register by its number.</summary>
    public static AssemblerRegisterTMM Tile(int index) => new(Register.TMM0 + index);
}
