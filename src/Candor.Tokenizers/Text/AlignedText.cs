namespace Candor.Tokenizers.Text;

/// <summary>
/// A text under normalization: its code points now, and for each the part of the original that it stands for. Each step
/// writes a new version from the present one, naming for every character the one whose place it takes. Not thread-safe.
/// </summary>
internal sealed class AlignedText
{
    private readonly bool _tracks;
    private int[] _points;
    private int[] _begins;
    private int[] _ends;
    private int[] _newPoints = [];
    private int[] _newBegins = [];
    private int[] _newEnds = [];
    private int _newLength;

    /// <summary>Starts from a part of the original.</summary>
    /// <param name="original">Code points of that part; they are copied.</param>
    /// <param name="origin">Where the part begins in the whole original.</param>
    /// <param name="tracks">Whether places in the original will be asked for.</param>
    public AlignedText(ReadOnlySpan<int> original, int origin, bool tracks)
    {
        _points = original.ToArray();
        Length = original.Length;
        Origin = origin;
        _tracks = tracks;
        (_begins, _ends) = tracks ? (new int[Length], new int[Length]) : ([], []);
        for (int i = 0; i < _begins.Length; i++) (_begins[i], _ends[i]) = (origin + i, origin + i + 1);
    }

    /// <summary>The code points as they are now.</summary>
    public ReadOnlySpan<int> Points => _points.AsSpan(0, Length);

    /// <summary>How many code points there are now.</summary>
    public int Length { get; private set; }

    /// <summary>Where the part begins in the whole original.</summary>
    public int Origin { get; }

    /// <summary>Where the text that a character stands for begins in the original.</summary>
    public int Begin(int at) => _tracks ? _begins[at] : Origin + at;

    /// <summary>Where the text that a character stands for ends in the original.</summary>
    public int End(int at) => _tracks ? _ends[at] : Origin + at + 1;

    /// <summary>Begins a new version; the present one stays readable until <see cref="Commit"/>.</summary>
    public void StartEdit() => _newLength = 0;

    /// <summary>Appends a character to the new version.</summary>
    /// <param name="codePoint">The character.</param>
    /// <param name="source">The present character whose place in the original it has; below 0: an empty place at the start.</param>
    public void Put(int codePoint, int source)
    {
        if (_newLength == _newPoints.Length) GrowNew();
        _newPoints[_newLength] = codePoint;
        if (_tracks)
        {
            if (source >= Length) source = Length - 1;
            _newBegins[_newLength] = source < 0 ? Origin : _begins[source];
            _newEnds[_newLength] = source < 0 ? Origin : _ends[source];
        }

        _newLength++;
    }

    /// <summary>Makes the new version the present one.</summary>
    public void Commit()
    {
        (_points, _newPoints) = (_newPoints, _points);
        (_begins, _newBegins) = (_newBegins, _begins);
        (_ends, _newEnds) = (_newEnds, _ends);
        Length = _newLength;
    }

    /// <summary>A part of this text as a text of its own.</summary>
    public AlignedText Slice(int start, int length)
    {
        var part = new AlignedText(Points.Slice(start, length), length > 0 ? Begin(start) : Origin, _tracks);
        if (_tracks)
        {
            _begins.AsSpan(start, length).CopyTo(part._begins);
            _ends.AsSpan(start, length).CopyTo(part._ends);
        }

        return part;
    }

    private void GrowNew()
    {
        int size = Math.Max(16, Math.Max(_newLength * 2, Length + Length / 4));
        Array.Resize(ref _newPoints, size);
        if (!_tracks) return;
        Array.Resize(ref _newBegins, size);
        Array.Resize(ref _newEnds, size);
    }
}
