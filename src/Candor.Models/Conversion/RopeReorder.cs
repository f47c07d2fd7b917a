using Candor.Tensors;

namespace Candor.Models.Conversion;

/// <summary>
/// The order of the rows of queries and keys: Hugging Face files pair element i of a head with i + d/2, GGUF files of some
/// architectures (LLaMA's and its next relatives) have those two side by side.
/// </summary>
internal sealed unsafe class RopeReorder
{
    private readonly ModelSpec source;
    private readonly bool toNeighbours, toHalves;

    /// <summary>Compares the pairings of the same model on both sides.</summary>
    public RopeReorder(ModelSpec source, ModelSpec target)
    {
        this.source = source;
        RopePairing? Pairing(ModelSpec spec) => spec.Layers.Select(l => l.Attention?.Rope?.Pairing).FirstOrDefault(p => p is not null);
        if (source.Layers.Any(l => l.Attention?.Latent is not null) || Pairing(source) is not { } from || Pairing(target) is not { } to || from == to) return;
        toNeighbours = to == RopePairing.Neighbours;
        toHalves = !toNeighbours;
    }

    /// <summary>Reorders the rows of a part, where it is a query or a key.</summary>
    public void Apply(WeightPart part, float* rows, long count, long width)
    {
        if (!(toNeighbours || toHalves) || part.Role is not ("query" or "key" or "query.bias" or "key.bias")) return;
        int size = source.Layers[part.Layer].Attention!.HeadSize, half = size / 2;
        using var head = new NativeBuffer(size * width * sizeof(float));
        float* old = (float*)head.Pointer;
        long bytes = size * width * sizeof(float);
        for (long h = 0; h < count / size; h++)
        {
            float* at = rows + (h * size * width);
            Buffer.MemoryCopy(at, old, bytes, bytes);
            for (int i = 0; i < half; i++)
            {
                for (int side = 0; side < 2; side++)
                {
                    int neighbours = (2 * i) + side, halves = i + (side * half);
                    (int from, int to) = toNeighbours ? (halves, neighbours) : (neighbours, halves);
                    new ReadOnlySpan<float>(old + (from * width), (int)width).CopyTo(new Span<float>(at + (to * width), (int)width));
                }
            }
        }
    }
}
