namespace Candor.Kernels.Gemms;

/// <summary>The reference, for processors without vectors and for tests.</summary>
internal readonly struct ScalarKernel : IGemmKernel
{
    public static int Rows => 4;

    public static int Columns => 16;

    public static Packing Packing => Packing.Floats;

    public static unsafe void Run(int k, float* a, float* b, float* c, nint stride, float alpha, bool add)
    {
        for (int r = 0; r < Rows; r++)
        {
            for (int n = 0; n < Columns; n++)
            {
                float sum = 0;
                for (int i = 0; i < k; i++) sum += a[(i * Rows) + r] * b[(i * Columns) + n];
                float* to = c + (r * stride) + n;
                *to = (alpha * sum) + (add ? *to : 0);
            }
        }
    }
}
