namespace Candor.Tokenizers.Text;

/// <summary>
/// Writes a new version of a text as a list of changes, the way tokenizer.json's reference implementation describes
/// normalizations: each character with 0 where it replaces the next one, with -n where it replaces the next one and n more
/// after it vanish, with a positive number where it is inserted and shares the place of the character before.
/// </summary>
internal ref struct ChangeWriter
{
    private readonly AlignedText _text;
    private int _at;

    /// <summary>Starts, leaving out a number of characters at the beginning.</summary>
    public ChangeWriter(AlignedText text, int removed = 0)
    {
        _text = text;
        _at = removed;
        text.StartEdit();
    }

    /// <summary>Appends a character with its change.</summary>
    public void Put(int codePoint, int change)
    {
        if (change > 0)
        {
            _text.Put(codePoint, _at - 1);
            return;
        }

        _text.Put(codePoint, _at);
        _at += 1 - change;
    }

    /// <summary>Ends the new version.</summary>
    public readonly void Commit() => _text.Commit();
}
