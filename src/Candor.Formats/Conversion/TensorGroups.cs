namespace Candor.Formats;

/// <summary>Divides tensors among the files of a model.</summary>
internal static class TensorGroups
{
    /// <summary>
    /// Fills files in order: a tensor begins a new one when the bytes would pass the limit. There is at least one
    /// group, and none is empty unless there are no tensors at all.
    /// </summary>
    public static List<List<TensorSource>> BySize(IReadOnlyList<TensorSource> tensors, long maxBytes)
    {
        List<List<TensorSource>> groups = [[]];
        long bytes = 0;
        foreach (TensorSource tensor in tensors)
        {
            if (groups[^1].Count > 0 && tensor.ByteLength > maxBytes - bytes)
            {
                groups.Add([]);
                bytes = 0;
            }

            groups[^1].Add(tensor);
            bytes += tensor.ByteLength;
        }

        return groups;
    }
}
