using System.Globalization;
using System.Text;

namespace Candor.Tokenizers.Regex;

/// <summary>Reads the syntax of patterns: recursive descent with a limit on depth.</summary>
internal sealed class PatternParser
{
    private const int MaxDepth = 100;
    private const int MaxCount = 1000;

    private readonly string _text;
    private readonly bool _rust;
    private int _at;
    private int _depth;
    private bool _ignoreCase;
    private bool _dotAll;
    private bool _multiLine;
    private bool _extended;

    private PatternParser(string text, PatternDialect dialect)
    {
        _text = text;
        _rust = dialect == PatternDialect.Rust;
    }

    private bool End => _at >= _text.Length;

    /// <summary>Parses a whole pattern.</summary>
    /// <exception cref="PatternSyntaxException">It is malformed or uses something that is not offered.</exception>
    public static PatternNode Parse(string pattern, PatternDialect dialect)
    {
        var parser = new PatternParser(pattern, dialect);
        PatternNode node = parser.Alternation();
        if (!parser.End) throw parser.Fail("a closing parenthesis without an opening one");
        return node;
    }

    private PatternNode Alternation()
    {
        if (++_depth > MaxDepth) throw Fail($"groups nested deeper than {MaxDepth}");
        var branches = new List<PatternNode> { Branch() };
        while (!End && _text[_at] == '|')
        {
            _at++;
            branches.Add(Branch());
        }

        _depth--;
        return branches.Count == 1 ? branches[0] : new PatternNode.Alternation(branches);
    }

    private PatternNode Branch()
    {
        var parts = new List<PatternNode>();
        while (true)
        {
            SkipIgnored();
            if (End || _text[_at] is '|' or ')') break;
            PatternNode? atom = Atom();
            if (atom is not null) parts.Add(Quantified(atom));
        }

        return parts.Count == 1 ? parts[0] : new PatternNode.Sequence(parts);
    }

    private PatternNode Quantified(PatternNode node)
    {
        while (true)
        {
            SkipIgnored();
            if (End) return node;
            int start = _at;
            bool interval = false;
            (int Min, int Max) count;
            switch (_text[_at])
            {
                case '*': count = (0, -1); _at++; break;
                case '+': count = (1, -1); _at++; break;
                case '?': count = (0, 1); _at++; break;
                case '{' when TryInterval(out count): interval = true; break;
                default: return node;
            }

            if (++_depth > MaxDepth) throw Fail($"repetitions nested deeper than {MaxDepth}");
            if (node is PatternNode.Look or PatternNode.Anchor && count.Max != 1 && count.Min <= 1) count = (count.Min, 1);
            if (count.Max >= 0 && count.Min > count.Max)
                throw new PatternSyntaxException($"a repetition from {count.Min} to {count.Max}", start);
            RepeatMode mode = RepeatMode.Greedy;
            if (!End && _text[_at] == '?' && (_rust || !interval || count.Min != count.Max))
            {
                mode = RepeatMode.Lazy;
                _at++;
            }
            else if (!End && _text[_at] == '+' && (_rust || !interval))
            {
                mode = RepeatMode.Possessive;
                _at++;
            }

            node = new PatternNode.Repeat(node, count.Min, count.Max, mode);
            _depth--;
        }
    }

    private bool TryInterval(out (int Min, int Max) count)
    {
        count = default;
        int at = _at + 1;
        int? min = Number(ref at);
        int? max = min;
        if (at < _text.Length && _text[at] == ',')
        {
            at++;
            max = Number(ref at) ?? (min is null ? null : -1);
            if (max is null) return false;
        }

        if (at >= _text.Length || _text[at] != '}' || (min is null && max is null)) return false;
        if (min > MaxCount || max > MaxCount) throw Fail($"a repetition of more than {MaxCount}");
        _at = at + 1;
        count = (min ?? 0, max!.Value);
        return true;
    }

    private int? Number(ref int at)
    {
        int start = at;
        int value = 0;
        for (; at < _text.Length && char.IsAsciiDigit(_text[at]); at++) value = Math.Min(value * 10 + _text[at] - '0', 1_000_000);
        return at == start ? null : value;
    }

    private void SkipIgnored()
    {
        while (!End)
        {
            if (_extended && char.IsWhiteSpace(_text[_at])) _at++;
            else if (_extended && _text[_at] == '#')
            {
                while (!End && _text[_at] != '\n') _at++;
            }
            else if (_text.AsSpan(_at).StartsWith("(?#"))
            {
                int close = _text.IndexOf(')', _at);
                if (close < 0) throw Fail("a comment without an end");
                _at = close + 1;
            }
            else return;
        }
    }

    private PatternNode? Atom()
    {
        char c = _text[_at];
        switch (c)
        {
            case '(': return Group();
            case '[':
                _at++;
                return new PatternNode.One(Class());
            case '.':
                _at++;
                return new PatternNode.One(_dotAll ? CodePointSet.All : CodePointSet.Of('\n').Complement());
            case '^':
                _at++;
                return new PatternNode.Anchor(_rust && !_multiLine ? AnchorKind.TextStart : AnchorKind.LineStart);
            case '$':
                _at++;
                return new PatternNode.Anchor(_rust && !_multiLine ? AnchorKind.TextEnd : AnchorKind.LineEnd);
            case '\\':
                _at++;
                return Escape();
            case '*' or '+' or '?': throw Fail("a repetition of nothing");
            default: return Literal(ReadRune());
        }
    }

    private PatternNode.One Literal(int codePoint)
    {
        CodePointSet set = CodePointSet.Of(codePoint);
        return new PatternNode.One(_ignoreCase ? CaseFolding.Close(set) : set);
    }

    private PatternNode? Group()
    {
        _at++;
        if (End) throw Fail("a group without an end");
        (bool, bool, bool, bool) flags = (_ignoreCase, _dotAll, _multiLine, _extended);
        PatternNode node;
        if (_text[_at] != '?')
        {
            node = Alternation();
        }
        else
        {
            _at++;
            ReadOnlySpan<char> rest = _text.AsSpan(_at);
            if (rest.StartsWith(":")) node = Body(1);
            else if (rest.StartsWith("=")) node = new PatternNode.Look(Body(1), false, false);
            else if (rest.StartsWith("!")) node = new PatternNode.Look(Body(1), false, true);
            else if (rest.StartsWith("<=")) node = Behind(Body(2), false);
            else if (rest.StartsWith("<!")) node = Behind(Body(2), true);
            else if (rest.StartsWith(">")) node = new PatternNode.Atomic(Body(1));
            else if (rest.StartsWith("<") || rest.StartsWith("P<"))
            {
                int close = _text.IndexOf('>', _at);
                if (close < 0) throw Fail("a group's name without an end");
                node = Body(close + 1 - _at);
            }
            else
            {
                ReadFlags();
                if (End) throw Fail("a group without an end");
                if (_text[_at] == ')')
                {
                    _at++;
                    // Flags set inside a group hold to its end; in Oniguruma they take all that follows, alternatives too.
                    if (_rust) return null;
                    PatternNode following = Alternation();
                    (_ignoreCase, _dotAll, _multiLine, _extended) = flags;
                    return following;
                }

                node = Body(1);
            }
        }

        if (End || _text[_at] != ')') throw Fail("a group without an end");
        _at++;
        (_ignoreCase, _dotAll, _multiLine, _extended) = flags;
        return node;
    }

    private PatternNode Body(int skip)
    {
        _at += skip;
        return Alternation();
    }

    private PatternNode Behind(PatternNode body, bool negative)
    {
        // Alternatives of different lengths become look-behinds of their own: any of them, or none of them.
        if (body is PatternNode.Alternation a && a.FixedLength < 0)
        {
            PatternNode[] looks = [.. a.Branches.Select(b => Behind(b, negative))];
            return negative ? new PatternNode.Sequence(looks) : new PatternNode.Alternation(looks);
        }

        if (body.FixedLength < 0) throw Fail("a look-behind without a fixed length");
        return new PatternNode.Look(body, true, negative);
    }

    private void ReadFlags()
    {
        bool on = true;
        for (; !End && _text[_at] is not (')' or ':'); _at++)
        {
            switch (_text[_at])
            {
                case '-': on = false; break;
                case 'i': _ignoreCase = on; break;
                case 's': _dotAll = on; break;
                case 'm' when _rust: _multiLine = on; break;
                case 'm': _dotAll = on; break;
                case 'x': _extended = on; break;
                case 'u' or 'a' or 'd' or 'W' or 'D' or 'S' or 'P': break;
                default: throw Fail($"an unknown group (?{_text[_at]}");
            }
        }
    }

    private PatternNode Escape()
    {
        if (End) throw Fail("a backslash at the end");
        char c = _text[_at];
        switch (c)
        {
            case 'A': return Anchor(AnchorKind.TextStart);
            case 'z': return Anchor(AnchorKind.TextEnd);
            case 'Z': return Anchor(AnchorKind.TextEndOrLineFeed);
            case 'G': return Anchor(AnchorKind.MatchStart);
            case 'b': return Anchor(AnchorKind.WordBorder);
            case 'B': return Anchor(AnchorKind.NoWordBorder);
            case 'R':
                _at++;
                return new PatternNode.Atomic(new PatternNode.Alternation(
                    [new PatternNode.Sequence([Literal('\r'), Literal('\n')]),
                     new PatternNode.One(CodePointSet.FromRanges([(10, 13), (0x85, 0x85), (0x2028, 0x2029)]))]));
            case 'K' or 'X' or 'k' or 'g' or (>= '1' and <= '9'): throw Fail($"\\{c} is not offered");
        }

        CodePointSet? set = EscapedSet();
        return set is not null ? new PatternNode.One(set) : Literal(EscapedCharacter());
    }

    private PatternNode.Anchor Anchor(AnchorKind kind)
    {
        _at++;
        return new PatternNode.Anchor(kind);
    }

    /// <summary>The set of a class escape such as <c>\s</c> or <c>\p{L}</c>; null, with nothing read, for another.</summary>
    private CodePointSet? EscapedSet()
    {
        CodePointSet word = _rust ? UnicodeProperties.WordWithJoiners : UnicodeProperties.Word;
        CodePointSet hex = CodePointSet.FromRanges([('0', '9'), ('A', 'F'), ('a', 'f')]);
        CodePointSet? set = _text[_at] switch
        {
            's' => UnicodeProperties.WhiteSpace,
            'S' => UnicodeProperties.WhiteSpace.Complement(),
            'd' => UnicodeProperties.Digit,
            'D' => UnicodeProperties.Digit.Complement(),
            'w' => word,
            'W' => word.Complement(),
            'h' when !_rust => hex,
            'H' when !_rust => hex.Complement(),
            'N' when !_rust => CodePointSet.Of('\n').Complement(),
            'p' or 'P' => null,
            _ => CodePointSet.Empty,
        };
        if (set is null) return Property();
        if (set.IsEmpty) return null;
        _at++;
        return set;
    }

    private CodePointSet Property()
    {
        bool negative = _text[_at++] == 'P';
        if (End) throw Fail("a property without a name");
        string name;
        if (_text[_at] != '{') name = _text[_at++].ToString();
        else
        {
            int close = _text.IndexOf('}', _at);
            if (close < 0) throw Fail("a property without an end");
            name = _text[(_at + 1)..close];
            _at = close + 1;
            if (name.StartsWith('^'))
            {
                negative = !negative;
                name = name[1..];
            }
        }

        CodePointSet set = UnicodeProperties.Find(name) ?? throw Fail($"an unknown property '{name}'");
        if (_ignoreCase) set = CaseFolding.Close(set);
        return negative ? set.Complement() : set;
    }

    private int EscapedCharacter()
    {
        char c = _text[_at];
        switch (c)
        {
            case 't': _at++; return '\t';
            case 'n': _at++; return '\n';
            case 'r': _at++; return '\r';
            case 'f': _at++; return '\f';
            case 'v': _at++; return '\v';
            case 'a': _at++; return '\a';
            case 'e': _at++; return 0x1B;
            case '0': _at++; return Digits(0, 2, 8);
            case 'x': _at++; return Digits(1, 2, 16);
            case 'u': _at++; return Digits(4, 4, 16);
            case 'U': _at++; return Digits(8, 8, 16);
            default: return ReadRune();
        }
    }

    private int Digits(int min, int max, int radix)
    {
        bool braces = !End && _text[_at] == '{';
        if (braces) (_at, min, max) = (_at + 1, 1, 8);
        int start = _at;
        long value = 0;
        while (!End && _at - start < max && char.IsAsciiHexDigit(_text[_at]))
        {
            int digit = int.Parse(_text.AsSpan(_at, 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (digit >= radix) break;
            value = value * radix + digit;
            _at++;
        }

        if (_at - start < min) throw Fail("a character's number is too short");
        if (value > CodePointSet.MaxCodePoint) throw Fail("a character's number beyond Unicode");
        if (braces)
        {
            if (End || _text[_at] != '}') throw Fail("a character's number without an end");
            _at++;
        }

        return (int)value;
    }

    /// <summary>A class in brackets; the opening one is read.</summary>
    private CodePointSet Class()
    {
        if (++_depth > MaxDepth) throw Fail($"classes nested deeper than {MaxDepth}");
        bool negative = !End && _text[_at] == '^';
        if (negative) _at++;
        CodePointSet result = CodePointSet.Empty;
        CodePointSet? intersected = null;
        var ranges = new List<(int, int)>();
        for (bool first = true; ; first = false)
        {
            if (End) throw Fail("a class without an end");
            char c = _text[_at];
            if (c == ']' && !first) break;
            if (c == '[')
            {
                _at++;
                result = result.Union(!End && _text[_at] == ':' ? PosixClass() : Class());
                continue;
            }

            if (c == '&' && _at + 1 < _text.Length && _text[_at + 1] == '&')
            {
                _at += 2;
                CodePointSet operand = Folded(result, ranges);
                intersected = intersected is null ? operand : intersected.Intersect(operand);
                (result, ranges) = (CodePointSet.Empty, []);
                continue;
            }

            if (c == '\\')
            {
                _at++;
                if (End) throw Fail("a backslash at the end");
                if (EscapedSet() is { } set)
                {
                    result = result.Union(set);
                    continue;
                }
            }

            int from = ClassCharacter(c == '\\');
            int to = from;
            if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] is not (']' or '['))
            {
                int dash = _at++;
                bool escaped = _text[_at] == '\\';
                if (escaped && ++_at < _text.Length && _text[_at] is 's' or 'S' or 'd' or 'D' or 'w' or 'W' or 'p' or 'P' or 'h' or 'H') _at = dash;
                else
                {
                    to = ClassCharacter(escaped);
                    if (to < from) throw Fail("a range whose end is before its start");
                }
            }

            ranges.Add((from, to));
        }

        _at++;
        _depth--;
        CodePointSet all = Folded(result, ranges);
        if (intersected is not null) all = intersected.Intersect(all);
        return negative ? all.Complement() : all;
    }

    private int ClassCharacter(bool escaped)
    {
        if (End) throw Fail("a class without an end");
        if (!escaped) return ReadRune();
        if (_text[_at] != 'b') return EscapedCharacter();
        _at++;
        return '\b';
    }

    private CodePointSet Folded(CodePointSet set, List<(int, int)> ranges)
    {
        CodePointSet all = set.Union(CodePointSet.FromRanges(ranges));
        return _ignoreCase ? CaseFolding.Close(all) : all;
    }

    private CodePointSet PosixClass()
    {
        int close = _text.IndexOf(":]", _at + 1, StringComparison.Ordinal);
        int bracket = _text.IndexOf(']', _at);
        if (close < 0 || bracket < close) return Class();
        string name = _text[(_at + 1)..close];
        bool negative = name.StartsWith('^');
        CodePointSet set = UnicodeProperties.Find(negative ? name[1..] : name) ?? throw Fail($"an unknown class '{name}'");
        _at = close + 2;
        return negative ? set.Complement() : set;
    }

    private int ReadRune()
    {
        Rune.DecodeFromUtf16(_text.AsSpan(_at), out Rune rune, out int used);
        _at += used;
        return rune.Value;
    }

    private PatternSyntaxException Fail(string problem) => new(problem, _at);
}
