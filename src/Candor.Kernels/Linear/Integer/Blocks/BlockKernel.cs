using System.Runtime.Intrinsics;
using Candor.Kernels.Assembly;

namespace Candor.Kernels.Integer;

/// <summary>A <see cref="Panel"/> of sixteen rows times blocks of activations, by assembled code. <see cref="PanelKernel"/> does the same without it.</summary>
internal static unsafe class BlockKernel
{
    /// <summary>Rows of a panel.</summary>
    public const int Width = 16;

    /// <summary>Most columns of a panel: a block of activations of so many stays in the nearest cache while panel after panel passes by.</summary>
    public const int MostColumns = 1024;

    /// <summary>Most tokens together.</summary>
    public const int Tokens = 12;

    private static readonly nint[] Functions = new nint[BlockShape.Count];

    /// <summary>Whether this processor, and the system, can run it.</summary>
    public static bool IsSupported { get; } = AssembledCode.HasByteProducts && Function(new BlockShape(1, 1, false, false)) != 0;

    /// <summary>Multiplies a block of tokens.</summary>
    /// <param name="panel">The weights, built for it.</param>
    /// <param name="blocks">The activations.</param>
    /// <param name="column">The panel's first column.</param>
    /// <param name="block">The block.</param>
    /// <param name="tokens">How many of its tokens, from the first on.</param>
    /// <param name="output">Where the first token's results go.</param>
    public static void Multiply(in Panel panel, ActivationBlocks blocks, int column, int block, int tokens, in PanelOutput output)
    {
        float* tile = stackalloc float[Tokens * Width];
        bool straight = output.Rows == Width && output.Bias is null;
        var arguments = new Arguments
        {
            Groups = panel.Columns / ActivationBlocks.Group, Codes = panel.Codes, Scales = panel.Scales, Offsets = panel.Offsets, Activations = blocks.Block(block, column),
            Store = new StoreArguments(straight ? output : new PanelOutput { Output = tile, Stride = Width, Scale = 1 }),
        };
        nint function = Function(new BlockShape(tokens, blocks.Layout.Planes, panel.Group == 16, panel.Offsets is not null));
        ((delegate* unmanaged[SuppressGCTransition]<Arguments*, void>)function)(&arguments);
        for (int t = 0; t < tokens && !straight; t++) PanelStore.Store(Vector512.Load(tile + (t * Width)), output, t);
    }

    /// <summary>A kernel, assembled when it is first needed; two threads may do so at once, and either's will do.</summary>
    private static nint Function(BlockShape shape)
    {
        ref nint known = ref Functions[shape.Index];
        nint function = Volatile.Read(ref known);
        if (function != 0) return function;
        function = BlockCode.Make(shape);
        Volatile.Write(ref known, function);
        return function;
    }

    private struct Arguments
    {
        public long Groups;
        public byte* Codes;
        public float* Scales, Offsets;
        public byte* Activations;
        public StoreArguments Store;
    }
}
