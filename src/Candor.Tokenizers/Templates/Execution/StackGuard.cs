using System.Runtime.CompilerServices;

namespace Candor.Tokenizers.Templates;

/// <summary>Turns a stack that is about to run out into an exception that can be caught.</summary>
internal static class StackGuard
{
    public static void Check()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw Faults.TooDeep();
    }
}
