using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Candor.Tensors;

namespace Candor.Kernels.Integer;

/// <summary>
/// Rounded activations as assembled kernels read them: a few tokens side by side, and 32 columns after 32 columns all that is needed of
/// them, in one stream. The numbers are those of <see cref="ActivationCodes"/> or of <see cref="ActivationWords"/>.
/// </summary>
internal sealed unsafe class ActivationBlocks : IParallelBody, IDisposable
{
    /// <summary>Columns that share a scale.</summary>
    public const int Group = ActivationCodes.Group;

    private readonly NativeBuffer memory;
    private readonly int groups;
    private float* source;
    private int done;

    /// <summary>Allocates rows.</summary>
    /// <param name="capacity">Rows.</param>
    /// <param name="columns">Columns, a multiple of <see cref="Group"/>.</param>
    /// <param name="layout">Tokens of a block, and planes.</param>
    public ActivationBlocks(int capacity, int columns, BlockLayout layout)
    {
        (Layout, groups) = (layout, columns / Group);
        memory = new NativeBuffer((capacity + layout.Tokens - 1) / layout.Tokens * (long)groups * layout.GroupBytes);
    }

    /// <summary>How a block is laid out.</summary>
    public BlockLayout Layout { get; }

    /// <summary>A block of tokens from a column on.</summary>
    public byte* Block(int block, int column) => memory.Pointer + ((((nint)block * groups) + (column / Group)) * Layout.GroupBytes);

    /// <summary>Says that no row is up to date.</summary>
    public void Clear() => done = 0;

    /// <summary>Rounds what is not up to date of the first rows.</summary>
    public ActivationBlocks Fill(WorkerPool pool, float* values, int count)
    {
        if (count <= done) return this;
        source = values;
        pool.Run(count - done, Layout.Tokens, this);
        done = count;
        return this;
    }

    /// <inheritdoc/>
    public void Execute(int begin, int end, int worker)
    {
        for (int r = done + begin; r < done + end; r++)
        {
            float* x = source + ((nint)r * groups * Group);
            byte* to = Block(r / Layout.Tokens, 0);
            for (int g = 0; g < groups; g++, x += Group, to += Layout.GroupBytes)
            {
                if (Layout.Planes == 1) Bytes(x, to, r % Layout.Tokens);
                else Words(x, to, r % Layout.Tokens);
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
        Spread(low, to + Layout.PlaneBytes, token);
        Numbers(to, token, group);
    }

    private static Vector256<sbyte> Pack(Vector256<short> a, Vector256<short> b) => Avx2.Permute4x64(Avx2.PackSignedSaturate(a, b).AsInt64(), 0b11_01_10_00).AsSByte();

    private void Spread(int* fours, byte* to, int token)
    {
        int* place = (int*)to + token;
        for (int k = 0; k < 8; k++) place[k * Layout.Tokens] = fours[k];
    }

    private void Numbers(byte* to, int token, CodeGroup group)
    {
        int all = group.First + group.Last, tokens = Layout.Tokens;
        float* scales = (float*)(to + Layout.Scales) + token, sums = (float*)(to + Layout.Sums(0)) + token;
        int* zeros = (int*)(to + Layout.Zeros(0)) + token;
        *scales = group.Scale;
        (zeros[0], zeros[tokens], zeros[2 * tokens]) = (-128 * all, -128 * group.First, -128 * group.Last);
        (sums[0], sums[tokens], sums[2 * tokens]) = (group.Scale * all, group.Scale * group.First, group.Scale * group.Last);
    }
}
