namespace Candor.Tensors;

/// <summary>A body of parallel work: it handles items <c>[begin, end)</c>, from any of the pool's threads.</summary>
public interface IParallelBody
{
    /// <summary>Does the items of one chunk.</summary>
    /// <param name="begin">First item.</param>
    /// <param name="end">One past the last item.</param>
    /// <param name="worker">Index of the thread that runs it, 0 to <see cref="WorkerPool.Threads"/> - 1: for scratch memory.</param>
    void Execute(int begin, int end, int worker);
}

/// <summary>
/// A few threads that run loops together. The caller's thread is worker 0. Waiting threads spin briefly, then park; where
/// there are more of them than processors they park at once, since a thread that spins keeps one with work from running.
/// One loop runs at a time: a second caller waits for the first. Running a loop allocates nothing.
/// </summary>
public sealed class WorkerPool : IDisposable
{
    private const int SpinsBeforePark = 2000;
    private readonly Lock gate = new();
    private readonly int spinsBeforePark;
    private readonly Thread[] helpers;
    private readonly SemaphoreSlim[] wake;
    private readonly int[] parked;
    private readonly NativeBuffer?[] scratch;
    private IParallelBody? body;
    private int count, grain, next, pending;
    private volatile int generation;
    private volatile bool stopping;
    private volatile Exception? failure;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">1 or more; 0 means as many as the machine has processors.</param>
    public WorkerPool(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
        spinsBeforePark = Threads > Environment.ProcessorCount ? 0 : SpinsBeforePark;
        helpers = new Thread[Threads - 1];
        wake = new SemaphoreSlim[helpers.Length];
        parked = new int[helpers.Length];
        scratch = new NativeBuffer?[Threads];
        for (int i = 0; i < helpers.Length; i++)
        {
            int index = i;
            wake[i] = new SemaphoreSlim(0);
            helpers[i] = new Thread(() => Help(index)) { IsBackground = true, Name = $"candor worker {i + 1}" };
            helpers[i].Start();
        }
    }

    /// <summary>Threads that share a loop, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>Runs <paramref name="work"/> over items 0 to <paramref name="items"/> - 1 in chunks, and returns when all are done.</summary>
    /// <param name="items">How many items.</param>
    /// <param name="chunk">Items a chunk, 1 or more: the unit that a thread takes at a time.</param>
    /// <param name="work">The body. An exception that it throws is thrown here, after the other threads have stopped.</param>
    public void Run(int items, int chunk, IParallelBody work)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunk);
        if (items <= 0) return;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stopping, this);
            if (helpers.Length == 0 || items <= chunk)
            {
                work.Execute(0, items, 0);
                return;
            }

            (body, count, grain, next, failure) = (work, items, chunk, 0, null);
            Volatile.Write(ref pending, helpers.Length);
            generation++;
            Interlocked.MemoryBarrier();
            for (int i = 0; i < helpers.Length; i++)
                if (Interlocked.Exchange(ref parked[i], 0) == 1) wake[i].Release();

            Drain(work, 0);
            SpinWait spin = default;
            while (Volatile.Read(ref pending) != 0) spin.SpinOnce(sleep1Threshold: -1);
            body = null;
            if (failure is { } thrown) throw new AggregateException(thrown);
        }
    }

    /// <summary>
    /// Memory of a worker's own, 64-byte aligned, for a body to use until its <see cref="IParallelBody.Execute"/> returns.
    /// What it holds at first is left over. It grows to the most that was asked for and is then kept.
    /// </summary>
    /// <param name="worker">The index that the body was given.</param>
    /// <param name="bytes">Bytes needed.</param>
    public unsafe byte* Scratch(int worker, long bytes)
    {
        NativeBuffer? buffer = scratch[worker];
        if (buffer is null || buffer.Length < bytes)
        {
            buffer?.Dispose();
            scratch[worker] = buffer = new NativeBuffer(bytes);
        }

        return buffer.Pointer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            if (stopping) return;
            stopping = true;
            generation++;
        }

        for (int i = 0; i < helpers.Length; i++) wake[i].Release();
        foreach (Thread helper in helpers) helper.Join();
        foreach (SemaphoreSlim semaphore in wake) semaphore.Dispose();
        foreach (NativeBuffer? buffer in scratch) buffer?.Dispose();
    }

    private void Drain(IParallelBody work, int worker)
    {
        try
        {
            while (failure is null)
            {
                int begin = Interlocked.Add(ref next, grain) - grain;
                if (begin >= count || begin < 0) return;
                work.Execute(begin, Math.Min(begin + grain, count), worker);
            }
        }
#pragma warning disable CA1031 // Any exception of the body belongs to the caller of Run, not to this thread.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e;
        }
    }

    private void Help(int index)
    {
        int seen = 0;
        while (true)
        {
            for (int spins = 0; generation == seen; spins++)
            {
                if (spins < spinsBeforePark)
                {
                    Thread.SpinWait(20);
                    continue;
                }

                Volatile.Write(ref parked[index], 1);
                Interlocked.MemoryBarrier();
                // A new loop may have come between the last look and the parking: whoever clears the flag decides.
                if (generation != seen && Interlocked.Exchange(ref parked[index], 0) == 1) break;
                wake[index].Wait();
                spins = 0;
            }

            seen = generation;
            if (stopping) return;
            Drain(body!, index + 1);
            Interlocked.Decrement(ref pending);
        }
    }
}
