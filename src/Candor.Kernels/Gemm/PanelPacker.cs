using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Candor.Kernels.Gemms;

/// <summary>
/// Copies a stretch of a matrix to where a kernel reads it: [cells, width], a cell for each step of the sum, or for two where cells hold
/// pairs. Where steps lie side by side, squares of 8 steps by 8 lanes are turned in registers.
/// </summary>
internal static unsafe class PanelPacker
{
    private const int Side = 8;

    /// <summary>Packs some lanes, and zeros for lanes that there are not.</summary>
    /// <param name="source">[steps, lanes].</param>
    /// <param name="lanes">First lane and how many there are, up to <paramref name="width"/>.</param>
    /// <param name="steps">First step, and how many.</param>
    /// <param name="width">Lanes of a packed row; a multiple of 2.</param>
    /// <param name="packing">What cells hold.</param>
    /// <param name="to">[cells, width].</param>
    public static void Pack(MatrixView source, (int First, int Count) lanes, (int First, int Count) steps, int width, Packing packing, float* to)
    {
        float* from = source.At(steps.First, lanes.First);
        switch (packing)
        {
            case Packing.Floats: Pack<FloatCells>(from, source, lanes.Count, steps.Count, width, to); break;
            case Packing.RoundedFloats: Pack<RoundedCells>(from, source, lanes.Count, steps.Count, width, to); break;
            case Packing.SplitPairs: SplitSquares.PackRight(source, lanes, steps, width, to); break;
            default:
                int done = lanes.Count == width ? Squares(from, source, steps.Count, width, to) : 0;
                Pack<PairCells>(from + (done * source.RowStride), source, lanes.Count, steps.Count - done, width, to + ((nint)(done / 2) * width));
                break;
        }
    }

    /// <summary>Packs pairs in whole squares; returns how many steps it did.</summary>
    private static int Squares(float* from, MatrixView source, int steps, int width, float* to)
    {
        const int Side = PairSquares.Side;
        bool flat = source.ColumnStride == 1;
        if (!PairSquares.IsSupported || width % Side != 0 || (!flat && source.RowStride != 1)) return 0;
        int count = steps / (2 * Side);
        for (int lane = 0; lane < width; lane += Side)
        {
            nint stride = flat ? source.RowStride : source.ColumnStride;
            PairSquares.Round(from + (lane * source.ColumnStride), stride, flat ? 2 * Side * stride : 2 * Side, to + lane, width, (nint)Side * width, count, across: flat, turns: !flat);
        }

        return count * 2 * Side;
    }

    private static void Pack<TCells>(float* from, MatrixView source, int lanes, int steps, int width, float* to) where TCells : struct, ICells
    {
        int whole = steps / Side * Side;
        bool flat = source.ColumnStride == 1, turns = source.RowStride == 1 && !flat;
        if (flat && lanes == width && Vector256.IsHardwareAccelerated && (width & 1) == 0) Flat<TCells>(from, source.RowStride, whole, width, to);
        else if (turns && lanes == width && Avx.IsSupported && (width & 3) == 0) Turned<TCells>(from, source.ColumnStride, whole, width, to);
        else whole = 0;
        if (whole < steps) Rest<TCells>(from + (whole * source.RowStride), source, lanes, steps - whole, width, to + ((nint)(whole / TCells.Steps) * width));
    }

    /// <summary>Lanes side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Flat<TCells>(float* from, nint stride, int steps, int width, float* to) where TCells : struct, ICells
    {
        int wide = width / Side * Side;
        for (int k = 0; k < steps; k += TCells.Steps, from += stride * TCells.Steps, to += width)
        {
            float* next = from + stride;
            for (int n = 0; n < wide; n += Side) TCells.Join(Vector256.Load(from + n), Vector256.Load((TCells.Steps == 1 ? from : next) + n)).Store(to + n);
            if ((width & 4) != 0) TCells.Join(Four(from + wide), Four((TCells.Steps == 1 ? from : next) + wide)).GetLower().Store(to + wide);
            int last = width & ~3;
            if ((width & 2) != 0) TCells.Join(Two(from + last), Two((TCells.Steps == 1 ? from : next) + last)).GetLower().GetLower().Store(to + last);
        }
    }

    /// <summary>Steps side by side: squares of them are turned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turned<TCells>(float* from, nint stride, int steps, int width, float* to) where TCells : struct, ICells
    {
        int wide = width / Side * Side;
        nint row = (nint)width * Side / TCells.Steps;
        for (int lane = 0; lane < wide; lane += Side)
        {
            float* p = from + (lane * stride), q = to + lane;
            for (int k = 0; k < steps; k += Side, p += Side, q += row) Square<TCells>(p, stride, q, width);
        }

        if (wide == width) return;
        from += wide * stride;
        to += wide;
        for (int k = 0; k < steps; k += Side, from += Side, to += row) HalfSquare<TCells>(from, stride, to, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square<TCells>(float* p, nint d, float* to, nint width) where TCells : struct, ICells
    {
        float* far = p + (4 * d);
        Vector256<float> r0 = Vector256.Load(p), r1 = Vector256.Load(p + d), r2 = Vector256.Load(p + (2 * d)), r3 = Vector256.Load(p + (3 * d));
        Vector256<float> r4 = Vector256.Load(far), r5 = Vector256.Load(far + d), r6 = Vector256.Load(far + (2 * d)), r7 = Vector256.Load(far + (3 * d));
        (r0, r1, r2, r3) = Quarters(r0, r1, r2, r3);
        (r4, r5, r6, r7) = Quarters(r4, r5, r6, r7);
        Store<TCells>(Avx.Permute2x128(r0, r4, 0x20), Avx.Permute2x128(r1, r5, 0x20), to, width);
        to += 2 / TCells.Steps * width;
        Store<TCells>(Avx.Permute2x128(r2, r6, 0x20), Avx.Permute2x128(r3, r7, 0x20), to, width);
        to += 2 / TCells.Steps * width;
        Store<TCells>(Avx.Permute2x128(r0, r4, 0x31), Avx.Permute2x128(r1, r5, 0x31), to, width);
        to += 2 / TCells.Steps * width;
        Store<TCells>(Avx.Permute2x128(r2, r6, 0x31), Avx.Permute2x128(r3, r7, 0x31), to, width);
    }

    /// <summary>Four lanes only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void HalfSquare<TCells>(float* p, nint d, float* to, nint width) where TCells : struct, ICells
    {
        (Vector256<float> r0, Vector256<float> r1, Vector256<float> r2, Vector256<float> r3) =
            Quarters(Vector256.Load(p), Vector256.Load(p + d), Vector256.Load(p + (2 * d)), Vector256.Load(p + (3 * d)));
        Vector256<float> first = TCells.Join(r0, r1), second = TCells.Join(r2, r3);
        nint cell = width;
        if (TCells.Steps == 1)
        {
            r1 = TCells.Join(r1, r1);
            r3 = TCells.Join(r3, r3);
            r1.GetLower().Store(to + width);
            r3.GetLower().Store(to + (3 * width));
            r1.GetUpper().Store(to + (5 * width));
            r3.GetUpper().Store(to + (7 * width));
            cell = 2 * width;
        }

        first.GetLower().Store(to);
        second.GetLower().Store(to + cell);
        first.GetUpper().Store(to + (2 * cell));
        second.GetUpper().Store(to + (3 * cell));
    }

    /// <summary>Turns four rows in each half: steps 0 to 3 come out in the lower halves, 4 to 7 in the upper ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float>, Vector256<float>, Vector256<float>, Vector256<float>) Quarters(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        Vector256<float> ab = Avx.UnpackLow(a, b), cd = Avx.UnpackLow(c, d), ba = Avx.UnpackHigh(a, b), dc = Avx.UnpackHigh(c, d);
        return (Avx.Shuffle(ab, cd, 0x44), Avx.Shuffle(ab, cd, 0xEE), Avx.Shuffle(ba, dc, 0x44), Avx.Shuffle(ba, dc, 0xEE));
    }

    /// <summary>Two steps of eight lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TCells>(Vector256<float> first, Vector256<float> second, float* to, nint width) where TCells : struct, ICells
    {
        TCells.Join(first, second).Store(to);
        if (TCells.Steps == 1) TCells.Join(second, second).Store(to + width);
    }

    /// <summary>What is left at the edges, and layouts that nothing above is for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rest<TCells>(float* from, MatrixView source, int lanes, int steps, int width, float* to) where TCells : struct, ICells
    {
        for (int k = 0; k < steps; k += TCells.Steps, to += width)
            for (int n = 0; n < width; n++)
            {
                float* at = from + (k * source.RowStride) + (n * source.ColumnStride);
                float first = n < lanes ? *at : 0, second = n < lanes && k + 1 < steps ? at[source.RowStride] : 0;
                to[n] = TCells.Join(first, second);
            }
    }

    private static Vector256<float> Four(float* p) => Vector128.Load(p).ToVector256();

    private static Vector256<float> Two(float* p) => Vector64.Load(p).ToVector128().ToVector256();
}
