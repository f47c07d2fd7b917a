namespace Candor.Tokenizers.Mistral;

/// <summary>Checks that a tool's parameters are a JSON schema (draft 7): every keyword has the type that the draft asks for.</summary>
internal static class ToolSchema
{
    private static readonly string[] Types = ["array", "boolean", "integer", "null", "number", "object", "string"];

    /// <summary>What is wrong with a schema; null for nothing.</summary>
    public static string? Fault(PythonJson schema)
    {
        if (schema.Kind is JsonKind.True or JsonKind.False) return null;
        if (schema.Kind != JsonKind.Object) return $"{Shown(schema)} is not of type 'object', 'boolean'";
        for (int i = 0; i < schema.Keys.Count; i++)
            if (Keyword(schema.Keys[i], schema.Items[i]) is { } fault) return fault;
        return null;
    }

    private static string? Keyword(string key, PythonJson value)
    {
        switch (key)
        {
            case "$id" or "$schema" or "$ref" or "$comment" or "title" or "description" or "pattern" or "contentMediaType" or "contentEncoding" or "format":
                return value.Kind == JsonKind.String ? null : $"{Shown(value)} is not of type 'string'";
            case "multipleOf" or "maximum" or "exclusiveMaximum" or "minimum" or "exclusiveMinimum":
                return value.Kind == JsonKind.Number ? null : $"{Shown(value)} is not of type 'number'";
            case "maxLength" or "minLength" or "maxItems" or "minItems" or "maxProperties" or "minProperties":
                if (value.Kind != JsonKind.Number || value.Text.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0 && !value.Text.EndsWith(".0", StringComparison.Ordinal)) return $"{Shown(value)} is not a non-negative integer";
                return null;
            case "uniqueItems" or "readOnly" or "writeOnly":
                return value.Kind is JsonKind.True or JsonKind.False ? null : $"{Shown(value)} is not of type 'boolean'";
            case "additionalItems" or "contains" or "additionalProperties" or "propertyNames" or "if" or "then" or "else" or "not":
                return Fault(value);
            case "allOf" or "anyOf" or "oneOf":
                return value.Kind == JsonKind.Array && value.Items.Count > 0 ? All(value) : $"{Shown(value)} is not a non-empty array";
            case "items":
                return value.Kind == JsonKind.Array ? (value.Items.Count > 0 ? All(value) : "[] is too short") : Fault(value);
            case "definitions" or "properties" or "patternProperties":
                return value.Kind == JsonKind.Object ? All(value) : $"{Shown(value)} is not of type 'object'";
            case "dependencies":
                if (value.Kind != JsonKind.Object) return $"{Shown(value)} is not of type 'object'";
                return value.Items.Select(i => i.Kind == JsonKind.Array ? Names(i) : Fault(i)).FirstOrDefault(f => f is not null);
            case "required": return Names(value);
            case "enum" or "examples": return value.Kind == JsonKind.Array ? null : $"{Shown(value)} is not of type 'array'";
            case "type": return Type(value);
            default: return null;
        }
    }

    private static string? All(PythonJson schemas) => schemas.Items.Select(Fault).FirstOrDefault(f => f is not null);

    private static string? Names(PythonJson value)
    {
        if (value.Kind != JsonKind.Array) return $"{Shown(value)} is not of type 'array'";
        if (value.Items.FirstOrDefault(i => i.Kind != JsonKind.String) is { } wrong) return $"{Shown(wrong)} is not of type 'string'";
        return value.Items.Select(i => i.Text).Distinct().Count() == value.Items.Count ? null : $"{Shown(value)} has non-unique elements";
    }

    private static string? Type(PythonJson value)
    {
        bool known = value.Kind switch
        {
            JsonKind.String => Types.Contains(value.Text),
            JsonKind.Array => value.Items.Count > 0 && value.Items.All(i => i.Kind == JsonKind.String && Types.Contains(i.Text)) && Names(value) is null,
            _ => false,
        };
        return known ? null : $"{Shown(value)} is not a valid type";
    }

    private static string Shown(PythonJson value) => SentencePiece.Message.Shorten(value.Write());
}
