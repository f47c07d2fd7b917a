using Candor.Models;
using Candor.Tensors;

namespace Candor.Training;

/// <summary>Cosines and sines for each position, and the same with the sines' signs changed for the way back.</summary>
internal sealed unsafe class RopeAngles(RopeFrequencies frequencies) : IDisposable
{
    private NativeBuffer? back;
    private nint front;
    private int made;

    public int Pairs => frequencies.Pairs;

    public nint Forward(Pass pass)
    {
        Make(pass);
        return front;
    }

    public nint Backward(Pass pass)
    {
        Make(pass);
        return (nint)back!.Pointer;
    }

    public void Dispose()
    {
        back?.Dispose();
        frequencies.Dispose();
    }

    private void Make(Pass pass)
    {
        int longest = pass.Segments.Max(s => s.Count);
        if (longest <= made) return;
        float* table = frequencies.Table(new BatchSlice(null!, 0, longest, 0, longest));
        back?.Dispose();
        back = new NativeBuffer((long)longest * 2 * Pairs * sizeof(float));
        float* turned = (float*)back.Pointer;
        for (int p = 0; p < longest; p++)
            for (int i = 0; i < Pairs; i++)
            {
                turned[(p * 2 * Pairs) + i] = table[(p * 2 * Pairs) + i];
                turned[(p * 2 * Pairs) + Pairs + i] = -table[(p * 2 * Pairs) + Pairs + i];
            }

        (front, made) = ((nint)table, longest);
    }
}
