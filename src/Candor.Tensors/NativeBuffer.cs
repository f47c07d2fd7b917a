using System.Runtime.InteropServices;

namespace Candor.Tensors;

/// <summary>
/// Memory outside the garbage collector, aligned to 64 bytes (a cache line, and the widest vector). Zeroed at birth.
/// Disposing frees it; spans taken before are then invalid.
/// </summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;

    /// <summary>Allocates <paramref name="length"/> zero bytes.</summary>
    /// <param name="length">Bytes, 0 or more.</param>
    /// <exception cref="OutOfMemoryException">The memory is not to be had.</exception>
    public NativeBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        nuint padded = Math.Max(checked((nuint)((length + Alignment - 1) / Alignment * Alignment)), Alignment);
        bool large = padded >= HugePages.Size;
        Pointer = (byte*)NativeMemory.AlignedAlloc(padded, large ? HugePages.Size : (nuint)Alignment);
        if (large) HugePages.Ask(Pointer, padded);
        NativeMemory.Clear(Pointer, padded);
        GC.AddMemoryPressure(Math.Max(1, length));
    }

    /// <summary>Frees memory that was never disposed.</summary>
    ~NativeBuffer() => Free();

    /// <summary>The first byte, or null after disposal.</summary>
    public byte* Pointer { get; private set; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>All of it as elements of <typeparamref name="T"/>; at most 2^31-1 of them.</summary>
    public Span<T> AsSpan<T>() where T : unmanaged => new(Pointer, checked((int)(Length / sizeof(T))));

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (Pointer is null) return;
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
        GC.RemoveMemoryPressure(Math.Max(1, Length));
    }
}
