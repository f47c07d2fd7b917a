namespace Candor.Tokenizers.Mistral;

/// <summary>Which efforts of reasoning a model knows, as its tekken file says (versions from 15 on).</summary>
/// <param name="Values">The efforts that are allowed.</param>
/// <param name="AcceptsNone">Whether a request may leave it out.</param>
/// <param name="Default">What then counts; null for nothing.</param>
internal sealed record MistralModelSettings(IReadOnlyList<string> Values, bool AcceptsNone, string? Default)
{
    /// <summary>The settings of a request as JSON; null where there are none to encode.</summary>
    /// <param name="settings">What the model knows; null for nothing, and then the request's wish is not heeded.</param>
    /// <param name="effort">What the request asks for.</param>
    /// <exception cref="MistralChatException">The effort is not allowed, or missing.</exception>
    public static string? Build(MistralModelSettings? settings, string? effort)
    {
        if (settings is null) return null;
        if (effort is null)
        {
            if (!settings.AcceptsNone) throw new MistralChatException(MistralChatError.InvalidRequest, "reasoning_effort should be set for this model.");
            effort = settings.Default;
            if (effort is null) return null;
        }
        else if (settings.Values.Count == 0)
        {
            throw new MistralChatException(MistralChatError.InvalidRequest, "reasoning_effort not supported for this model.");
        }

        if (!settings.Values.Contains(effort)) throw new MistralChatException(MistralChatError.InvalidRequest, $"reasoning_effort should be one of {string.Join(", ", settings.Values)}, got {SentencePiece.Message.Shorten(effort)}.");
        return PythonJson.Object().Set("reasoning_effort", PythonJson.String(effort)).Write();
    }
}
