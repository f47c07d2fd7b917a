namespace Candor.Tokenizers;

/// <summary>A token that is looked for in the text itself, before the model sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its spelling.</param>
/// <param name="Special">Whether it is a control token: left out of text when special tokens are skipped.</param>
/// <param name="SingleWord">Whether it counts only where it is not part of a longer word.</param>
/// <param name="StripLeft">Whether it takes the white space before it.</param>
/// <param name="StripRight">Whether it takes the white space behind it.</param>
/// <param name="Normalized">Whether it is looked for in the normalized text, by its normalized spelling.</param>
public sealed record AddedToken(
    int Id, string Content, bool Special = false, bool SingleWord = false, bool StripLeft = false, bool StripRight = false, bool Normalized = false);
