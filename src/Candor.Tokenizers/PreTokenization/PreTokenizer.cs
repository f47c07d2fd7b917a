namespace Candor.Tokenizers.PreTokenization;

/// <summary>One step of cutting a normalized text into pieces, which the model never crosses. Thread-safe.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Whether it goes by the places that characters have in the original text, also where nobody asks for them.</summary>
    public virtual bool NeedsPlaces => false;

    /// <summary>Cuts the pieces further; some steps change the text too.</summary>
    public abstract void Apply(PreTokenizedText text);
}
