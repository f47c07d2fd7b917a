using Candor.Tensors;

namespace Candor.Tensors.Tests;

public class WorkerPoolTests
{
    private sealed class Count(int items) : IParallelBody
    {
        public readonly int[] Seen = new int[items];

        public void Execute(int begin, int end, int worker)
        {
            for (int i = begin; i < end; i++) Interlocked.Increment(ref Seen[i]);
        }
    }

    private sealed class Fail : IParallelBody
    {
        public void Execute(int begin, int end, int worker) => throw new InvalidOperationException("on purpose");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void EveryItemIsDoneOnce(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (int round = 0; round < 2000; round++)
        {
            var work = new Count(round % 97);
            pool.Run(work.Seen.Length, 1 + round % 5, work);
            Assert.All(work.Seen, n => Assert.Equal(1, n));
        }
    }

    [Fact]
    public void AnExceptionReachesTheCallerAndThePoolGoesOn()
    {
        using var pool = new WorkerPool(2);
        var e = Assert.Throws<AggregateException>(() => pool.Run(10, 1, new Fail()));
        Assert.IsType<InvalidOperationException>(e.InnerException);
        var work = new Count(10);
        pool.Run(10, 1, work);
        Assert.All(work.Seen, n => Assert.Equal(1, n));
    }

    [Fact]
    public void ParkedThreadsWakeUp()
    {
        using var pool = new WorkerPool(3);
        for (int round = 0; round < 5; round++)
        {
            Thread.Sleep(30);
            var work = new Count(64);
            pool.Run(64, 1, work);
            Assert.All(work.Seen, n => Assert.Equal(1, n));
        }
    }
}
