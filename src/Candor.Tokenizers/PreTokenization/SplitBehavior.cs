namespace Candor.Tokenizers.PreTokenization;

/// <summary>What becomes of the delimiters between pieces.</summary>
internal enum SplitBehavior
{
    /// <summary>They vanish.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>Each joins the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>Each joins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Neighbouring ones are one piece.</summary>
    Contiguous,
}

/// <summary>Cuts a piece at matches.</summary>
internal static class SplitBehaviors
{
    /// <summary>Adds to the new pieces what a list of sections gives; sections cover the piece in order.</summary>
    public static void Cut(PreTokenizedText text, int origin, List<(int Begin, int End, bool IsMatch)> sections, SplitBehavior behavior)
    {
        switch (behavior)
        {
            case SplitBehavior.Isolated:
                foreach ((int begin, int end, _) in sections) text.AddPiece(origin + begin, origin + end);
                return;
            case SplitBehavior.Removed:
                foreach ((int begin, int end, bool isMatch) in sections)
                    if (!isMatch) text.AddPiece(origin + begin, origin + end);
                return;
        }

        // A section joins its neighbour where the two kinds meet in the right order, or where they are equal.
        bool previous = false;
        int start = 0, stop = 0;
        bool any = false;
        int step = behavior == SplitBehavior.MergedWithNext ? -1 : 1;
        var merged = new List<(int Begin, int End)>();
        for (int i = step > 0 ? 0 : sections.Count - 1; i >= 0 && i < sections.Count; i += step)
        {
            (int begin, int end, bool isMatch) = sections[i];
            bool joins = any && (behavior == SplitBehavior.Contiguous ? isMatch == previous : isMatch && !previous);
            if (!joins && any) merged.Add((start, stop));
            if (!joins) (start, stop) = (begin, end);
            else if (step > 0) stop = end;
            else start = begin;
            (any, previous) = (true, isMatch);
        }

        if (any) merged.Add((start, stop));
        if (step < 0) merged.Reverse();
        foreach ((int begin, int end) in merged) text.AddPiece(origin + begin, origin + end);
    }
}
