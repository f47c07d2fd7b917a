using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Candor.Kernels.Attention;

/// <summary>
/// Products of a few queries with panels of keys, and of their probabilities with panels of values. A query's sums are the same whatever
/// others it is done with.
/// </summary>
internal static unsafe class PanelProducts<T>
    where T : struct, ICacheFormat
{
    /// <summary>Scores of up to four queries and the positions of two panels.</summary>
    /// <param name="first">A panel of keys.</param>
    /// <param name="second">Another one, or the same again.</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="queries">Four queries; the last is repeated where there are fewer.</param>
    /// <param name="scores">Where each query's 32 scores go.</param>
    public static void Scores(byte* first, byte* second, int size, float** queries, float** scores)
    {
        int scaleBytes = CachePanels.ScaleBytes(T.Type, size), step = T.HasScales ? CachePanels.Block : size;
        byte* a = first + scaleBytes, b = second + scaleBytes;
        float* q0 = queries[0], q1 = queries[1], q2 = queries[2], q3 = queries[3];
        Vector512<float> t00 = default, t01 = default, t10 = default, t11 = default, t20 = default, t21 = default, t30 = default, t31 = default;
        for (int begin = 0; begin < size; begin += step)
        {
            int end = Math.Min(begin + step, size);
            Vector512<float> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
            for (int e = begin; e < end; e++)
            {
                Vector512<float> x = T.Keys(a, e), y = T.Keys(b, e), q = Vector512.Create(q0[e]);
                s00 = Vector512.MultiplyAddEstimate(q, x, s00);
                s01 = Vector512.MultiplyAddEstimate(q, y, s01);
                q = Vector512.Create(q1[e]);
                s10 = Vector512.MultiplyAddEstimate(q, x, s10);
                s11 = Vector512.MultiplyAddEstimate(q, y, s11);
                q = Vector512.Create(q2[e]);
                s20 = Vector512.MultiplyAddEstimate(q, x, s20);
                s21 = Vector512.MultiplyAddEstimate(q, y, s21);
                q = Vector512.Create(q3[e]);
                s30 = Vector512.MultiplyAddEstimate(q, x, s30);
                s31 = Vector512.MultiplyAddEstimate(q, y, s31);
            }

            if (T.HasScales)
            {
                int block = begin / CachePanels.Block * CachePanels.Positions;
                Vector512<float> x = CacheLanes.Halves((ushort*)first + block), y = CacheLanes.Halves((ushort*)second + block);
                t00 = Vector512.MultiplyAddEstimate(s00, x, t00);
                t01 = Vector512.MultiplyAddEstimate(s01, y, t01);
                t10 = Vector512.MultiplyAddEstimate(s10, x, t10);
                t11 = Vector512.MultiplyAddEstimate(s11, y, t11);
                t20 = Vector512.MultiplyAddEstimate(s20, x, t20);
                t21 = Vector512.MultiplyAddEstimate(s21, y, t21);
                t30 = Vector512.MultiplyAddEstimate(s30, x, t30);
                t31 = Vector512.MultiplyAddEstimate(s31, y, t31);
            }
            else
            {
                (t00, t01, t10, t11, t20, t21, t30, t31) = (s00, s01, s10, s11, s20, s21, s30, s31);
            }
        }

        Store(scores[0], t00, t01);
        Store(scores[1], t10, t11);
        Store(scores[2], t20, t21);
        Store(scores[3], t30, t31);
    }

    /// <summary>Adds the values of consecutive positions, each times its probability, for up to four queries and 32 elements.</summary>
    /// <param name="panels">The panel of the first position.</param>
    /// <param name="panelBytes">Bytes between panels of the head.</param>
    /// <param name="from">The first position, counted from the first panel.</param>
    /// <param name="to">The one after the last.</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="element">The first element, a multiple of 32.</param>
    /// <param name="weights">Each query's probabilities, times the scale of the block where there is one, from the first panel's first position on.</param>
    /// <param name="sums">Where each query's 32 sums go.</param>
    public static void Weigh(byte* panels, nint panelBytes, int from, int to, int size, int element, float** weights, float** sums)
    {
        int scaleBytes = CachePanels.ScaleBytes(T.Type, size), rowBytes = CachePanels.RowBytes(T.Type, size);
        float* w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3];
        Vector512<float> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        for (int p = from; p < to;)
        {
            int end = Math.Min(to, (p / CachePanels.Positions * CachePanels.Positions) + CachePanels.Positions);
            byte* row = panels + (p / CachePanels.Positions * panelBytes) + scaleBytes + (p % CachePanels.Positions * rowBytes);
            for (; p < end; p++, row += rowBytes)
            {
                Vector512<float> x = T.Values(row, element), y = T.Values(row, element + 16), w = Vector512.Create(w0[p]);
                s00 = Vector512.MultiplyAddEstimate(w, x, s00);
                s01 = Vector512.MultiplyAddEstimate(w, y, s01);
                w = Vector512.Create(w1[p]);
                s10 = Vector512.MultiplyAddEstimate(w, x, s10);
                s11 = Vector512.MultiplyAddEstimate(w, y, s11);
                w = Vector512.Create(w2[p]);
                s20 = Vector512.MultiplyAddEstimate(w, x, s20);
                s21 = Vector512.MultiplyAddEstimate(w, y, s21);
                w = Vector512.Create(w3[p]);
                s30 = Vector512.MultiplyAddEstimate(w, x, s30);
                s31 = Vector512.MultiplyAddEstimate(w, y, s31);
            }
        }

        Store(sums[0], s00, s01);
        Store(sums[1], s10, s11);
        Store(sums[2], s20, s21);
        Store(sums[3], s30, s31);
    }

    /// <summary>A block's probabilities times its scales.</summary>
    /// <param name="panels">The panel of the first position.</param>
    /// <param name="panelBytes">Bytes between panels of the head.</param>
    /// <param name="count">Positions.</param>
    /// <param name="element">The first element of the block.</param>
    /// <param name="probabilities">[count], rounded up to whole panels.</param>
    /// <param name="weights">Receives the products.</param>
    public static void Scale(byte* panels, nint panelBytes, int count, int element, float* probabilities, float* weights)
    {
        for (int p = 0; p < count; p += CachePanels.Positions, panels += panelBytes)
        {
            Vector512<float> scale = CacheLanes.Halves((ushort*)panels + (element / CachePanels.Block * CachePanels.Positions));
            (Vector512.Load(probabilities + p) * scale).Store(weights + p);
        }
    }

    /// <summary>Elements of the keys of a panel, [size, 16] at a stride.</summary>
    public static void Keys(byte* panel, int size, float* destination, nint stride)
    {
        byte* codes = panel + CachePanels.ScaleBytes(T.Type, size);
        Vector512<float> scale = Vector512<float>.One;
        for (int e = 0; e < size; e++, destination += stride)
        {
            if (T.HasScales && e % CachePanels.Block == 0) scale = CacheLanes.Halves((ushort*)panel + (e / CachePanels.Block * CachePanels.Positions));
            Vector512<float> keys = T.Keys(codes, e);
            (T.HasScales ? keys * scale : keys).Store(destination);
        }
    }

    /// <summary>The values of a panel, in panels of columns: [size / width, 16, width].</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="destination">The first element of the first position.</param>
    /// <param name="width">Columns of a panel, 16 or 32, and floats between positions.</param>
    /// <param name="distance">Floats from one panel of columns to the next.</param>
    public static void Values(byte* panel, int size, float* destination, int width, nint distance)
    {
        int rowBytes = CachePanels.RowBytes(T.Type, size);
        byte* row = panel + CachePanels.ScaleBytes(T.Type, size);
        for (int p = 0; p < CachePanels.Positions; p++, row += rowBytes, destination += width)
        {
            Vector512<float> scale = Vector512<float>.One;
            for (int e = 0; e < size; e += 16)
            {
                if (T.HasScales && e % CachePanels.Block == 0) scale = Vector512.Create(HalfConversion.HalfToSingle(((ushort*)panel)[(e / CachePanels.Block * CachePanels.Positions) + p]));
                Vector512<float> values = T.Values(row, e);
                (T.HasScales ? values * scale : values).Store(destination + (e / width * distance) + (e % width));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, Vector512<float> first, Vector512<float> second)
    {
        first.Store(to);
        second.Store(to + Vector512<float>.Count);
    }
}
