using System.Runtime.InteropServices;

namespace Candor.Kernels.Integer;

/// <summary>What the code of <see cref="BlockCode"/> reads; it goes on to further tokens by changing it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BlockArguments
{
    /// <summary>Where the fields stand.</summary>
    public const int GroupsAt = 0, CodesAt = 8, ScalesAt = 16, OffsetsAt = 24, ActivationsAt = 32, NextPanelAt = 40, CallsAt = 48, StepAt = 56, OtherStepAt = 64, StoreAt = 72;

    public long Groups;
    public byte* Codes;
    public float* Scales, Offsets;
    public byte* Activations;

    /// <summary>Bytes from a panel to the one behind, in all that belongs to them.</summary>
    public nint NextPanel;

    /// <summary>How often the tokens of the shape are multiplied, those behind them each time.</summary>
    public long Calls;

    /// <summary>Bytes to the activations of the tokens behind, and those to the ones behind these, in turn.</summary>
    public nint Step, OtherStep;

    public StoreArguments Store;
}
