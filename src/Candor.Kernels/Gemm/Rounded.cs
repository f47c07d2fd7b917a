namespace Candor.Kernels.Gemms;

/// <summary>A kernel of floats whose operands are rounded to bfloat16 when they are packed: for processors without products of those.</summary>
internal readonly struct Rounded<TKernel> : IGemmKernel where TKernel : struct, IGemmKernel
{
    public static int Rows => TKernel.Rows;

    public static int Columns => TKernel.Columns;

    public static Packing Packing => Packing.RoundedFloats;

    public static unsafe void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add) => TKernel.Run(k, a, b, c, stride, alpha, add);
}
