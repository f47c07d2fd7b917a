using System.Runtime.InteropServices;

namespace Candor.Tensors;

/// <summary>
/// Memory outside the garbage collector, aligned to 64 bytes (a cache line, and the widest vector). Zeroed at birth.
/// Disposing frees it; spans taken before are then invalid.
/// </summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;

    // From so many bytes on, memory comes from the system itself: it is zero already, and goes back at once when it is freed, where an allocator keeps
    // holes between what came and went.
    private const int Large = 128 << 10;

    private readonly bool own;

    /// <summary>Allocates <paramref name="length"/> zero bytes.</summary>
    /// <param name="length">Bytes, 0 or more.</param>
    /// <exception cref="OutOfMemoryException">The memory is not to be had.</exception>
    public NativeBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        nuint padded = Padded;
        if (padded >= Large) Pointer = Pages.Take(padded);
        own = Pointer is not null;
        if (!own) Pointer = (byte*)NativeMemory.AlignedAlloc(padded, Alignment);
        if (padded >= Pages.HugeSize) Pages.MakeHuge(Pointer, padded);
        if (!own) NativeMemory.Clear(Pointer, padded);
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

    private nuint Padded => Math.Max(checked((nuint)((Length + Alignment - 1) / Alignment * Alignment)), Alignment);

    private void Free()
    {
        if (Pointer is null) return;
        if (own) Pages.GiveBack(Pointer, Padded);
        else NativeMemory.AlignedFree(Pointer);
        Pointer = null;
        GC.RemoveMemoryPressure(Math.Max(1, Length));
    }
}
