namespace Candor.Tokenizers.Templates;

/// <summary>Where a variable lives: how many functions outwards, and its slot there.</summary>
internal readonly record struct VariablePlace(int Hops, int Index);

/// <summary>What fills a variable when its scope begins.</summary>
internal enum LoadKind
{
    /// <summary>The caller or the loop fills it.</summary>
    Parameter,

    /// <summary>It is looked up among the arguments and globals.</summary>
    Resolve,

    /// <summary>It begins as the variable of the same name outside.</summary>
    Alias,

    /// <summary>It begins missing.</summary>
    Missing,
}

/// <summary>One instruction to fill a slot of the running function.</summary>
internal readonly record struct VariableLoad(int Index, LoadKind Kind, string Name, VariablePlace Source);
