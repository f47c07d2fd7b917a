namespace Candor.Training;

/// <summary>A recipe, its data or a checkpoint cannot be used; the message says what to do.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>A fault of a recipe, of data or of a checkpoint.</summary>
    public TrainingException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
