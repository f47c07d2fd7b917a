using System.Runtime.Intrinsics;
using Candor.Kernels.Assembly;
using Candor.Kernels.Integer;
using Candor.Tensors;

namespace Candor.Kernels.Packing;

/// <summary>Products with packed weights by assembled code: a few tokens straight from the packed bits, many by way of panels.</summary>
internal static unsafe class PackedKernel
{
    /// <summary>Most tokens that go straight.</summary>
    public const int MostTokens = 16;

    /// <summary>Most tokens that code takes together, and widths of activations that it knows.</summary>
    public const int Together = 8, Widths = 3;

    // Where 16 columns share a scale, sums in two planes of so many tokens fill the registers.
    private const int TogetherByHalves = 4;

    /// <summary>Whether this processor, and the system, can run it.</summary>
    public static bool IsSupported => BlockKernel.IsSupported;

    /// <summary>Tokens side by side in activations for so many.</summary>
    public static int Width(int tokens) => tokens switch { 1 => 1, <= 4 => 4, _ => 8 };

    /// <summary>Multiplies a few tokens.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="panel">Which sixteen rows.</param>
    /// <param name="columns">Columns of the weight.</param>
    /// <param name="blocks">The activations, <see cref="Width"/> side by side.</param>
    /// <param name="tokens">Tokens, at most <see cref="MostTokens"/>.</param>
    /// <param name="output">Where the first token's results go.</param>
    public static void Multiply(PackedWeight weight, int panel, int columns, ActivationBlocks blocks, int tokens, in PanelOutput output)
    {
        BlockLayout layout = blocks.Layout;
        int together = Math.Min(layout.Tokens, weight.Format.Halves && layout.Planes == 2 ? TogetherByHalves : Together);
        for (int first = 0; first < tokens; first += together)
        {
            PanelOutput part = output;
            part.Output += first * output.Stride;
            byte* activations = blocks.Block(first / layout.Tokens, 0) + (first % layout.Tokens * sizeof(int));
            Multiply(weight, panel, columns, activations, layout, Math.Min(together, tokens - first), part);
        }
    }

    private static void Multiply(PackedWeight weight, int panel, int columns, byte* activations, BlockLayout layout, int tokens, in PanelOutput output)
    {
        float* tile = stackalloc float[2 * Together * PackedFormat.Rows];
        bool straight = output.Rows == PackedFormat.Rows && output.Bias is null;
        PackedFormat format = weight.Format;
        var arguments = new Product
        {
            Cells = columns / PackedFormat.Columns, Cell = weight.Panel(panel, 0), Constants = format.Constants, Activations = activations,
            Store = new StoreArguments(straight ? output : new PanelOutput { Output = tile, Stride = PackedFormat.Rows, Scale = 1 }), Sums = tile + (Together * PackedFormat.Rows),
        };
        int width = layout.Tokens switch { 1 => 0, 4 => 1, _ => 2 };
        ref nint function = ref format.Functions[(((width * Together) + tokens - 1) * 2) + layout.Planes - 1];
        if (Volatile.Read(ref function) == 0) Volatile.Write(ref function, MakeProduct(format, tokens, layout));
        ((delegate* unmanaged[SuppressGCTransition]<Product*, void>)function)(&arguments);
        for (int t = 0; t < tokens && !straight; t++) PanelStore.Store(Vector512.Load(tile + (t * PackedFormat.Rows)), output, t);
    }

    /// <summary>Multiplies several panels with one token, a cell of each after the other: what they get is to the last bit what each gets alone.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="panel">The first sixteen rows.</param>
    /// <param name="panels">Panels: 2 or 4.</param>
    /// <param name="apart">From one to the next of them.</param>
    /// <param name="columns">Columns of the weight.</param>
    /// <param name="blocks">The activations of one token.</param>
    /// <param name="output">Where results of the first panel go; without a bias.</param>
    public static void MultiplySideBySide(PackedWeight weight, int panel, int panels, int apart, int columns, ActivationBlocks blocks, in PanelOutput output)
    {
        PackedFormat format = weight.Format;
        int planes = blocks.Layout.Planes;
        PanelOutput store = output;
        store.Stride = (nint)apart * PackedFormat.Rows;
        var arguments = new Product
        {
            Cells = columns / PackedFormat.Columns, Cell = weight.Panel(panel, 0), Constants = format.Constants, Activations = blocks.Block(0, 0),
            Store = new StoreArguments(store), Apart = apart * weight.PanelBytes,
        };
        ref nint function = ref format.SideBySide[(panels == 2 ? 0 : 2) + planes - 1];
        if (Volatile.Read(ref function) == 0) Volatile.Write(ref function, MakeSideBySide(format, planes, panels));
        ((delegate* unmanaged[SuppressGCTransition]<Product*, void>)function)(&arguments);
    }

    /// <summary>Sixteen rows laid out for <see cref="BlockKernel"/>, from a weight's packed copy where it has one.</summary>
    /// <param name="weight">A quantized weight.</param>
    /// <param name="row">The first row, a multiple of 16.</param>
    /// <param name="column">The first column, where a block of the type begins.</param>
    /// <param name="columns">Columns, at most <see cref="BlockKernel.MostColumns"/>.</param>
    /// <param name="scratch">Memory of <see cref="ScratchBytes"/> for a packed copy, else of <see cref="PanelBuilder.ScratchBytes"/>; the panel lies in it.</param>
    public static Panel Panel(WeightMatrix weight, int row, int column, int columns, byte* scratch) => weight.Packed is { } packed
        ? Unpack(packed, row / PackedFormat.Rows, column, columns, scratch)
        : PanelBuilder.Build(weight, row, column, columns, BlockKernel.Width, scratch, forBlocks: true);

    /// <summary>Lays sixteen rows out for <see cref="BlockKernel"/>.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="panel">Which sixteen rows.</param>
    /// <param name="column">The first column, a multiple of 256.</param>
    /// <param name="columns">Columns, at most <see cref="BlockKernel.MostColumns"/>.</param>
    /// <param name="scratch">Memory of <see cref="ScratchBytes"/>; the panel lies in it.</param>
    public static Panel Unpack(PackedWeight weight, int panel, int column, int columns, byte* scratch)
    {
        PackedFormat format = weight.Format;
        var made = new Panel { Codes = scratch, Columns = columns, Group = format.Halves ? 16 : 32 };
        made.Scales = (float*)(scratch + ((nint)columns * PackedFormat.Rows));
        made.Offsets = format.Offsets ? made.Scales + ((nint)columns / made.Group * PackedFormat.Rows) : null;
        var arguments = new Unpacking
        {
            Cells = columns / PackedFormat.Columns, Cell = weight.Panel(panel, column), Constants = format.Constants,
            Codes = made.Codes, Scales = made.Scales, Offsets = made.Offsets, Add = (128 - format.Zero) * 0x01010101,
        };
        ref nint function = ref format.Functions[^1];
        if (Volatile.Read(ref function) == 0) Volatile.Write(ref function, MakeUnpacking(format));
        ((delegate* unmanaged[SuppressGCTransition]<Unpacking*, void>)function)(&arguments);
        return made;
    }

    /// <summary>Bytes that <see cref="Unpack"/> needs.</summary>
    public const int ScratchBytes = (BlockKernel.MostColumns * PackedFormat.Rows) + (2 * BlockKernel.MostColumns / 16 * PackedFormat.Rows * sizeof(float));

    // Methods of their own: what a lambda captures is made at the begin of the method around it, whether it is needed or not.
    private static nint MakeProduct(PackedFormat format, int tokens, BlockLayout layout) =>
        AssembledCode.Make(code => new PackedProductCode(code, format, tokens, layout.Tokens, layout.Planes).Write());

    private static nint MakeSideBySide(PackedFormat format, int planes, int panels) =>
        AssembledCode.Make(code => new PackedProductCode(code, format, 1, Width(1), planes, panels).Write());

    private static nint MakeUnpacking(PackedFormat format) => AssembledCode.Make(code => new PackedPanelCode(code, format).Write());

    private struct Product
    {
        public long Cells;
        public byte* Cell, Constants, Activations;
        public StoreArguments Store;
        public float* Sums;
        public nint Apart;
    }

    private struct Unpacking
    {
        public long Cells;
        public byte* Cell, Constants, Codes;
        public float* Scales, Offsets;
        public int Add;
    }
}
