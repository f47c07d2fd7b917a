using System.Runtime.Intrinsics;
using Candor.Kernels.Assembly;

namespace Candor.Kernels.Integer;

/// <summary>A <see cref="Panel"/> of sixteen rows times blocks of activations, by assembled code. <see cref="PanelKernel"/> does the same without it.</summary>
internal static unsafe class BlockKernel
{
    /// <summary>Rows of a panel.</summary>
    public const int Width = 16;

    /// <summary>Most columns of a panel: two panels of so many stay in the nearest cache while all tokens pass by, and the activations of hundreds of tokens in the second.</summary>
    public const int MostColumns = 512;

    /// <summary>Most tokens together.</summary>
    public const int Tokens = 12;

    // Most tokens together with two panels.
    private const int PairTokens = 6;

    private static readonly nint[] Functions = new nint[BlockShape.Count];

    /// <summary>Whether this processor, and the system, can run it.</summary>
    public static bool IsSupported { get; } = AssembledCode.HasByteProducts && Function(new BlockShape(1, 1, false, false)) != 0;

    /// <summary>Multiplies tokens.</summary>
    /// <param name="panel">The weights, built for it.</param>
    /// <param name="blocks">The activations.</param>
    /// <param name="column">The panel's first column.</param>
    /// <param name="tokens">Tokens, from the first on.</param>
    /// <param name="output">Where the first token's results go.</param>
    public static void Multiply(in Panel panel, ActivationBlocks blocks, int column, int tokens, in PanelOutput output)
    {
        if (output.Rows == Width && output.Bias is null)
        {
            Run(panel, 0, blocks, column, tokens, output);
            return;
        }

        float* tile = stackalloc float[Tokens * Width];
        for (int t = 0; t < tokens; t += Tokens)
        {
            int count = Math.Min(Tokens, tokens - t);
            Call(panel, 0, blocks.Block(t / Tokens, column), blocks.Layout, count, 1, 0, 0, new PanelOutput { Output = tile, Stride = Width, Scale = 1 });
            for (int i = 0; i < count; i++) PanelStore.Store(Vector512.Load(tile + (i * Width)), output, t + i);
        }
    }

    /// <summary>Multiplies tokens with two panels, all of whose rows are wanted and have no bias.</summary>
    /// <param name="first">The weights, built for it.</param>
    /// <param name="second">The sixteen rows behind, built alike.</param>
    /// <param name="blocks">The activations.</param>
    /// <param name="column">The panels' first column.</param>
    /// <param name="tokens">Tokens, from the first on.</param>
    /// <param name="output">Where the first token's results go.</param>
    public static void MultiplyPair(in Panel first, in Panel second, ActivationBlocks blocks, int column, int tokens, in PanelOutput output) =>
        Run(first, (nint)(second.Codes - first.Codes), blocks, column, tokens, output);

    /// <summary>Whole blocks in one call; of the rest, two calls of the same size are faster than a large and a small one.</summary>
    private static void Run(in Panel panel, nint nextPanel, ActivationBlocks blocks, int column, int tokens, in PanelOutput output)
    {
        int most = nextPanel == 0 ? Tokens : PairTokens, whole = tokens / Tokens, rest = tokens % Tokens;
        nint block = (nint)(blocks.Block(1, column) - blocks.Block(0, column)), half = PairTokens * sizeof(int);
        PanelOutput to = output;
        if (whole > 0)
        {
            bool isPair = nextPanel != 0;
            Call(panel, nextPanel, blocks.Block(0, column), blocks.Layout, most, isPair ? 2 * whole : whole, isPair ? half : block, isPair ? block - half : block, to);
            to.Output += whole * Tokens * output.Stride;
        }

        byte* activations = blocks.Block(whole, column);
        for (int part; rest > 0; rest -= part)
        {
            part = rest > most ? (rest + 1) / 2 : rest;
            Call(panel, nextPanel, activations, blocks.Layout, part, 1, 0, 0, to);
            activations += part * sizeof(int);
            to.Output += part * output.Stride;
        }
    }

    private static void Call(in Panel panel, nint nextPanel, byte* activations, BlockLayout layout, int tokens, int calls, nint step, nint otherStep, in PanelOutput output)
    {
        var arguments = new BlockArguments
        {
            Groups = panel.Columns / ActivationBlocks.Group, Codes = panel.Codes, Scales = panel.Scales, Offsets = panel.Offsets,
            Activations = activations, NextPanel = nextPanel, Calls = calls, Step = step, OtherStep = otherStep, Store = new StoreArguments(output),
        };
        nint function = Function(new BlockShape(tokens, layout.Planes, panel.Group == 16, panel.Offsets is not null, nextPanel == 0 ? 1 : 2));
        ((delegate* unmanaged[SuppressGCTransition]<BlockArguments*, void>)function)(&arguments);
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
}
