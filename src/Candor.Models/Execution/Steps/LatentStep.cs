namespace Candor.Models.Steps;

/// <summary>Buffers of a <see cref="LatentStep"/>.</summary>
internal readonly record struct LatentBuffers(int KeyParts, int SharedRope, int Key);

/// <summary>Joins each head's own part of the key with the rotary part that all heads share: key [heads, own + rope].</summary>
internal sealed unsafe class LatentStep(AttentionSpec spec, LatentBuffers b) : Step
{
    public override void Run(Workspace w)
    {
        int rope = spec.Latent!.RopeSize, own = spec.HeadSize - rope;
        for (int r = 0; r < w.Rows; r++)
        {
            float* parts = w.Row(b.KeyParts, r), shared = w.Row(b.SharedRope, r), key = w.Row(b.Key, r);
            for (int h = 0; h < spec.Heads; h++, key += spec.HeadSize, parts += own)
            {
                Buffer.MemoryCopy(parts, key, own * sizeof(float), own * sizeof(float));
                Buffer.MemoryCopy(shared, key + own, rope * sizeof(float), rope * sizeof(float));
            }
        }

        w.Buffer(b.Key).MarkChanged();
    }
}
