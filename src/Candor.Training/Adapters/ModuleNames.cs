using Candor.Models;
using Candor.Models.Conversion;

namespace Candor.Training;

/// <summary>A weight's place in the module that PEFT knows: its name, and the module's rows that are the weight's.</summary>
/// <param name="Module">The name, without <c>.weight</c>.</param>
/// <param name="ModuleRows">Outputs of the whole module.</param>
/// <param name="Rows">The module's row of each row of the weight; null where they are the same.</param>
internal sealed record ModuleSite(string Module, int ModuleRows, int[]? Rows)
{
    /// <summary>The module's row of a row of the weight.</summary>
    public int At(int row) => Rows is null ? row : Rows[row];
}

/// <summary>
/// Finds modules by the names that Hugging Face folders have, whatever file the weights come from: a fused matrix is one module,
/// and GGUF files may have a head's rows in another order.
/// </summary>
/// <param name="spec">The architecture as its files are read.</param>
/// <param name="naming">The same architecture as a Hugging Face folder has it.</param>
internal sealed class ModuleNames(ModelSpec spec, ModelSpec naming)
{
    private readonly Dictionary<string, WeightSource> lines = naming.Tensors.ToDictionary(t => t.Key, t => WeightSource.Parse(t.Value), StringComparer.Ordinal);

    /// <summary>The architecture of a model as a Hugging Face folder has it; a GGUF file is looked at as the folder that it would become.</summary>
    public static ModelSpec Naming(ModelSource source)
    {
        if (source.Folder is not null) return source.Spec;
        return FamilyRegistry.FromConfig(FolderConfig.Of(source, new ModelWeights(source.Spec, source.Store)), source.Store);
    }

    /// <summary>The architecture of a model as a GGUF file has it, or null where there is no such file of it.</summary>
    public static ModelSpec? GgufNaming(ModelSource source)
    {
        return source.Gguf is not null ? source.Spec : ModelConverter.GgufSpec(source);
    }

    /// <summary>The tensor's name in a folder, or null where folders have none of this role.</summary>
    public string? Tensor(string role, int layer) => lines.TryGetValue(role, out WeightSource? line) ? WeightSource.Fill(line.Names[0], layer, -1) : null;

    /// <summary>The module that holds a layer's experts as transformers has it, or null where the layer has none: experts lie in one matrix there, whatever files say.</summary>
    public string? Experts(int layer)
    {
        if (Tensor("router", layer)?.Split('.') is not { } name) return null;
        // .weight and the router's own name go.
        return string.Join('.', name[..^2].Select(n => n == "block_sparse_moe" ? "mlp" : n)) + ".experts";
    }

    /// <summary>What a folder's numbers lack to the weight.</summary>
    public float Offset(string role) => (float)lines[role].Operations.Where(o => o.Kind == WeightOperationKind.Add).Sum(o => o.A);

    /// <summary>Whether the folder has the matrix turned: inputs by outputs.</summary>
    public bool IsTurned(string role) => lines[role].Operations.Any(o => o.Kind == WeightOperationKind.Transpose);

    /// <summary>The module of a weight, or null.</summary>
    /// <param name="role">The weight's role.</param>
    /// <param name="layer">Its layer, or -1.</param>
    /// <param name="rows">Its rows.</param>
    public ModuleSite? Site(string role, int layer, int rows)
    {
        if (Tensor(role, layer) is not { } name) return null;
        foreach (string end in (ReadOnlySpan<string>)[".weight", ".bias"])
            if (name.EndsWith(end, StringComparison.Ordinal)) name = name[..^end.Length];
        int[] map = [.. Enumerable.Range(0, rows)];
        int moduleRows = rows;
        foreach (WeightOperation o in lines[role].Operations)
        {
            if (o.Kind == WeightOperationKind.Rows)
            {
                for (int i = 0; i < rows; i++) map[i] += (int)o.A;
                moduleRows = Fused(lines[role].Names[0]);
            }
            else if (o.Kind == WeightOperationKind.Gather)
            {
                for (int i = 0; i < rows; i++) map[i] = (i / (int)o.C * (int)o.A) + (int)o.B + (i % (int)o.C);
                moduleRows = rows / (int)o.C * (int)o.A;
            }
        }

        if (layer >= 0 && role is "query" or "key" or "query.bias" or "key.bias") Reorder(map, layer);
        bool same = moduleRows == rows && map.Select((m, i) => m == i).All(x => x);
        return new ModuleSite(name, moduleRows, same ? null : map);
    }

    /// <summary>Rows of a tensor that several roles share.</summary>
    private int Fused(string name) => lines.Values.Where(l => l.Names[0] == name).SelectMany(l => l.Operations).Where(o => o.Kind == WeightOperationKind.Rows).Max(o => (int)o.B);

    /// <summary>Element i of a head is paired with i + d/2 on the one side and has its partner beside it on the other: rows change places.</summary>
    private void Reorder(int[] map, int layer)
    {
        if (spec.Layers[layer].Attention is not { Rope: { } rope } a || naming.Layers[layer].Attention?.Rope?.Pairing is not { } other || other == rope.Pairing) return;
        int[] old = [.. map];
        int half = a.HeadSize / 2;
        for (int i = 0; i < map.Length; i++)
        {
            int head = i / a.HeadSize * a.HeadSize, at = i % a.HeadSize;
            map[i] = old[head + (other == RopePairing.Halves ? (at / 2) + (at % 2 * half) : (at % half * 2) + (at / half))];
        }
    }
}
