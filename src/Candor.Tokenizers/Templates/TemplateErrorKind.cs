namespace Candor.Tokenizers.Templates;

/// <summary>What a chat template failed of.</summary>
public enum TemplateErrorKind
{
    /// <summary>The template's text is not Jinja.</summary>
    Syntax,

    /// <summary>An undefined value was used in a way that needs a value.</summary>
    Undefined,

    /// <summary>An operation met a value of the wrong type.</summary>
    Type,

    /// <summary>An operation met a value of the right type that it cannot take.</summary>
    Value,

    /// <summary>A key or an index is not there.</summary>
    Lookup,

    /// <summary>Division by zero, or a number that is too large.</summary>
    Arithmetic,

    /// <summary>The sandbox refused: Python's insides, or a change of a list or dictionary.</summary>
    Security,

    /// <summary>The template itself called <c>raise_exception</c>: its words are for the user.</summary>
    Raised,

    /// <summary>Another fault while rendering.</summary>
    Runtime,

    /// <summary>A limit of steps, text, depth or number size was reached.</summary>
    Budget,

    /// <summary>The arguments given to the template are unusable or override reserved names.</summary>
    Arguments,
}
