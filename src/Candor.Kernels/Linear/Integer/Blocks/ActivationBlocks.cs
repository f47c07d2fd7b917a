using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Candor.Tensors;

namespace Candor.Kernels.Integer;

/// <summary>
/// Rounded activations as <see cref="BlockKernel"/> reads them: twelve tokens side by side, and 32 columns after 32 columns all that
/// is needed of them, in one stream. The numbers are those of <see cref="ActivationCodes"/> or, in two planes of bytes, 256 · high +
/// low, of <see cref="ActivationWords"/>.
/// </summary>
/// <remarks>
/// A group: planes of codes <c>[8, 12, 4]</c>, then a number for each token: the scale, −128 times the sum of the integers, the same
/// of their first and of their last 16 (32-bit integers), the sum of what they mean, and again of the halves.
/// </remarks>
internal sealed unsafe class ActivationBlocks : IParallelBody, IDisposable
{
    /// <summary>Tokens side by side.</summary>
    public const int Tokens = 12;

    /// <summary>Columns that share a scale.</summary>
    public const int Group = 32;

    private const int Row = Tokens * sizeof(int);

    private readonly NativeBuffer memory;
    private readonly int planes, groups;
    private float* source;
    private int done;

    /// <summary>Allocates rows.</summary>
    /// <param name="capacity">Rows.</param>
    /// <param name="columns">Columns, a multiple of <see cref="Group"/>.</param>
    /// <param name="planes">1 for integers of 8 bits, 2 for 16.</param>
    public ActivationBlocks(int capacity, int columns, int planes)
    {
        (this.planes, groups) = (planes, columns / Group);
        memory = new NativeBuffer((capacity + Tokens - 1) / Tokens * (long)groups * GroupBytes(planes));
    }

    /// <summary>Planes of bytes.</summary>
    public int Planes => planes;

    /// <summary>Bytes of a plane.</summary>
    public static int PlaneBytes => 8 * Row;

    /// <summary>Bytes of a group.</summary>
    public static int GroupBytes(int planes) => (planes * PlaneBytes) + (7 * Row);

    /// <summary>Where the scales of a group stand.</summary>
    public static int Scales(int planes) => planes * PlaneBytes;

    /// <summary>Where −128 times the sums stand: of all 32, of the first 16 or of the last 16.</summary>
    public static int Zeros(int planes, int part) => Scales(planes) + ((1 + part) * Row);

    /// <summary>Where the sums of what the integers mean stand: of all 32, of the first 16 or of the last 16.</summary>
    public static int Sums(int planes, int part) => Scales(planes) + ((4 + part) * Row);

    /// <summary>A block of tokens from a column on.</summary>
    public byte* Block(int block, int column) => memory.Pointer + ((((nint)block * groups) + (column / Group)) * GroupBytes(planes));

    /// <summary>Says that no row is up to date.</summary>
    public void Clear() => done = 0;

    /// <summary>Rounds what is not up to date of the first rows.</summary>
    public ActivationBlocks Fill(WorkerPool pool, float* values, int count)
    {
        if (count <= done) return this;
        source = values;
        pool.Run(count - done, Tokens, this);
        done = count;
        return this;
    }

    /// <inheritdoc/>
    public void Execute(int begin, int end, int worker)
    {
        for (int r = done + begin; r < done + end; r++)
        {
            float* x = source + ((nint)r * groups * Group);
            byte* to = Block(r / Tokens, 0);
            for (int g = 0; g < groups; g++, x += Group, to += GroupBytes(planes))
            {
                if (planes == 1) Bytes(x, to, r % Tokens);
                else Words(x, to, r % Tokens);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();

    private void Bytes(float* x, byte* to, int token)
    {
        int* codes = stackalloc int[8];
        CodeGroup group = ActivationQuantizer.Round(x, (sbyte*)codes);
        Spread(codes, to, token);
        Numbers(to, token, group);
    }

    private void Words(float* x, byte* to, int token)
    {
        short* words = stackalloc short[Group];
        int* high = stackalloc int[16], low = high + 8;
        CodeGroup group = WordQuantizer.Round(x, words);
        if (Avx2.IsSupported)
        {
            Vector256<short> a = Vector256.Load(words), b = Vector256.Load(words + 16);
            Pack(Vector256.ShiftRightArithmetic(a + Vector256.Create((short)128), 8), Vector256.ShiftRightArithmetic(b + Vector256.Create((short)128), 8)).Store((sbyte*)high);
            Pack(Vector256.ShiftRightArithmetic(a << 8, 8), Vector256.ShiftRightArithmetic(b << 8, 8)).Store((sbyte*)low);
        }
        else
        {
            for (int i = 0; i < Group; i++) (((sbyte*)high)[i], ((sbyte*)low)[i]) = ((sbyte)((words[i] + 128) >> 8), (sbyte)words[i]);
        }

        Spread(high, to, token);
        Spread(low, to + PlaneBytes, token);
        Numbers(to, token, group);
    }

    private static Vector256<sbyte> Pack(Vector256<short> a, Vector256<short> b) => Avx2.Permute4x64(Avx2.PackSignedSaturate(a, b).AsInt64(), 0b11_01_10_00).AsSByte();

    private static void Spread(int* fours, byte* to, int token)
    {
        int* place = (int*)to + token;
        for (int k = 0; k < 8; k++) place[k * Tokens] = fours[k];
    }

    private void Numbers(byte* to, int token, CodeGroup group)
    {
        int all = group.First + group.Last;
        float* scales = (float*)(to + Scales(planes)) + token, sums = (float*)(to + Sums(planes, 0)) + token;
        int* zeros = (int*)(to + Zeros(planes, 0)) + token;
        *scales = group.Scale;
        (zeros[0], zeros[Tokens], zeros[2 * Tokens]) = (-128 * all, -128 * group.First, -128 * group.Last);
        (sums[0], sums[Tokens], sums[2 * Tokens]) = (group.Scale * all, group.Scale * group.First, group.Scale * group.Last);
    }
}
