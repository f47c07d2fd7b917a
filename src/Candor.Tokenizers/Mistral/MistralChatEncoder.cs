namespace Candor.Tokenizers.Mistral;

/// <summary>An encoded chat.</summary>
/// <param name="Ids">Token ids, the BOS token first.</param>
/// <param name="Text">The tokens' spelling with special tokens shown (pieces for SentencePiece), for people to read.</param>
public sealed record MistralChatEncoding(IReadOnlyList<int> Ids, string Text);

/// <summary>
/// Encodes chats as Mistral's own library does, versions 1 to 15: straight to tokens, so that no text of a user can pose as a
/// control token. Requests have the shape of OpenAI's chat completions. Thread-safe.
/// </summary>
public sealed class MistralChatEncoder
{
    private readonly Tokenizer tokenizer;
    private readonly MistralModelSettings? settings;
    private readonly int bos;
    private readonly int eos;

    /// <summary>Makes an encoder over a SentencePiece vocabulary (versions 1 to 7).</summary>
    /// <param name="tokenizer">The vocabulary.</param>
    /// <param name="version">The version, which such a file does not tell.</param>
    /// <exception cref="ArgumentException">The vocabulary has no <c>&lt;s&gt;</c> or <c>&lt;/s&gt;</c>.</exception>
    public MistralChatEncoder(SentencePiece.SentencePieceTokenizer tokenizer, MistralVersion version)
        : this((Tokenizer)tokenizer, version, null)
    {
    }

    /// <summary>Makes an encoder over a tekken vocabulary, in the version that the file names.</summary>
    /// <exception cref="ArgumentException">The vocabulary has no <c>&lt;s&gt;</c> or <c>&lt;/s&gt;</c>.</exception>
    public MistralChatEncoder(TekkenTokenizer tokenizer)
        : this(tokenizer, (tokenizer ?? throw new ArgumentNullException(nameof(tokenizer))).Version, tokenizer.Settings)
    {
    }

    private MistralChatEncoder(Tokenizer tokenizer, MistralVersion version, MistralModelSettings? settings)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        this.tokenizer = tokenizer;
        this.settings = settings;
        Version = version;
        bos = tokenizer.TokenToId("<s>") ?? throw new ArgumentException("the vocabulary has no <s>", nameof(tokenizer));
        eos = tokenizer.TokenToId("</s>") ?? throw new ArgumentException("the vocabulary has no </s>", nameof(tokenizer));
    }

    /// <summary>The version of the encoding.</summary>
    public MistralVersion Version { get; }

    /// <summary>Opens <c>tekken.json</c>, or a SentencePiece file whose name ends in the version: <c>tokenizer.model.v3</c>.</summary>
    /// <param name="path">The file; a name without a version means version 1.</param>
    /// <exception cref="TokenizerFormatException">The file is damaged, or its name has an unknown version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MistralChatEncoder Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return new MistralChatEncoder(TekkenTokenizer.Load(path));
        string extension = Path.GetExtension(path);
        MistralVersion version = MistralVersion.V1;
        if (extension != ".model")
        {
            // A multimodal vocabulary adds "m1": tokenizer.model.v7m1.
            string number = extension.StartsWith(".v", StringComparison.Ordinal) ? extension[2..].Split('m')[0] : "";
            version = number switch
            {
                "1" => MistralVersion.V1,
                "2" => MistralVersion.V2,
                "3" => MistralVersion.V3,
                "7" => MistralVersion.V7,
                _ => throw new TokenizerFormatException(path, "", $"the name's ending \"{extension}\" is no version of Mistral's SentencePiece files; expected .model, .v1, .v2, .v3 or .v7"),
            };
        }

        return new MistralChatEncoder(SentencePiece.SentencePieceTokenizer.Load(path), version);
    }

    /// <summary>Encodes a chat.</summary>
    /// <param name="requestJson">
    /// <c>messages</c> and optionally <c>tools</c>, <c>model</c>, <c>reasoning_effort</c>, <c>continue_final_message</c>; a last
    /// assistant message may have <c>prefix: true</c>, which the answer then continues.
    /// </param>
    /// <param name="mode">How strictly it is judged. Default <see cref="MistralValidationMode.Test"/>.</param>
    /// <exception cref="MistralChatException">The request is malformed, or asks for what the version cannot express.</exception>
    public MistralChatEncoding Encode(string requestJson, MistralValidationMode mode = MistralValidationMode.Test)
    {
        ArgumentNullException.ThrowIfNull(requestJson);
        MistralRequest request = MistralRequest.Parse(requestJson);
        new MistralRequestValidator(Version, mode).Validate(request);
        (List<MistralMessage> messages, string? system) = new MistralRequestNormalizer(Version).Normalize(request.Messages);
        string? modelSettings = Version >= MistralVersion.V15 ? MistralModelSettings.Build(settings, request.ReasoningEffort) : null;
        if (Version == MistralVersion.V2) RefuseSeveralResults(messages);

        var ids = new List<int> { bos };
        int first = messages.FindIndex(m => m.Role == "user"), last = messages.FindLastIndex(m => m.Role == "user");
        for (int i = 0; i < messages.Count; i++)
        {
            MistralMessage message = messages[i];
            switch (message.Role)
            {
                case "user":
                    string? tools = request.Tools.Count > 0 && i == (Version >= MistralVersion.V13 ? first : last) ? Tools(request.Tools) : null;
                    EncodeUser(message, i == first, i == last, system, tools, i == first ? modelSettings : null, ids);
                    break;
                case "system":
                    ids.Add(Special("[SYSTEM_PROMPT]"));
                    AppendContent(message, ids);
                    ids.Add(Special("[/SYSTEM_PROMPT]"));
                    break;
                case "assistant":
                    EncodeAssistant(message, i < last, ids);
                    break;
                default:
                    EncodeResult(message, i < last, ids);
                    break;
            }
        }

        return new MistralChatEncoding(ids, Show(ids));
    }

    private void EncodeUser(MistralMessage message, bool isFirst, bool isLast, string? system, string? tools, string? modelSettings, List<int> ids)
    {
        if (Version == MistralVersion.V1)
        {
            string prompt = isFirst && system is not null ? system + "\n\n" + message.Text : message.Text!;
            AppendText($"[INST] {prompt} [/INST]", ids);
            return;
        }

        if (tools is not null)
        {
            ids.Add(Special("[AVAILABLE_TOOLS]"));
            AppendText(tools, ids);
            ids.Add(Special("[/AVAILABLE_TOOLS]"));
        }

        if (modelSettings is not null)
        {
            ids.Add(Special("[MODEL_SETTINGS]"));
            AppendText(modelSettings, ids);
            ids.Add(Special("[/MODEL_SETTINGS]"));
        }

        ids.Add(Special("[INST]"));
        if (isLast && system is not null && message.Chunks is null) AppendText(system + "\n\n" + message.Text, ids);
        else AppendContent(message, ids);
        ids.Add(Special("[/INST]"));
    }

    private void EncodeAssistant(MistralMessage message, bool isHistory, List<int> ids)
    {
        if (Version == MistralVersion.V1 && message.HasToolCalls) throw NoTools();
        if (Version == MistralVersion.V2 && message.HasToolCalls && isHistory) return;
        if (!message.HasContent && !message.HasToolCalls) throw new MistralChatException(MistralChatError.Tokenizer, "Invalid assistant message: neither content nor tool calls");
        if (message.Chunks is not null) AppendContent(message, ids);
        else if (message.HasContent) AppendText(Version == MistralVersion.V1 ? message.Text! : message.Text!.TrimEnd(' '), ids);
        if (message.HasToolCalls) EncodeCalls(message.ToolCalls!, ids);
        if (!message.Prefix) ids.Add(eos);
    }

    private void EncodeCalls(IReadOnlyList<MistralToolCall> calls, List<int> ids)
    {
        if (Version < MistralVersion.V11)
        {
            PythonJson list = PythonJson.Array();
            foreach (MistralToolCall call in calls)
            {
                PythonJson item = PythonJson.Object().Set("name", PythonJson.String(call.Name)).Set("arguments", Parsed(call.Arguments));
                if (Version >= MistralVersion.V3 && call.Id.Length > 0 && call.Id != "null") item.Set("id", PythonJson.String(call.Id));
                list.Items.Add(item);
            }

            ids.Add(Special("[TOOL_CALLS]"));
            AppendText(list.Write(), ids);
            return;
        }

        foreach (MistralToolCall call in calls)
        {
            ids.Add(Special("[TOOL_CALLS]"));
            AppendText(call.Name, ids);
            if (Version == MistralVersion.V11 && call.Id.Length > 0 && call.Id != "null")
            {
                ids.Add(Special("[CALL_ID]"));
                AppendText(call.Id, ids);
            }

            ids.Add(Special("[ARGS]"));
            AppendText(Parsed(call.Arguments).Write(), ids);
        }
    }

    private void EncodeResult(MistralMessage message, bool isHistory, List<int> ids)
    {
        if (Version == MistralVersion.V1) throw NoTools();
        if (Version == MistralVersion.V2 && isHistory) return;
        ids.Add(Special("[TOOL_RESULTS]"));
        switch (Version)
        {
            case MistralVersion.V2:
                PythonJson named = PythonJson.Object().Set("name", message.Name is null ? PythonJson.Null : PythonJson.String(message.Name)).Set("content", Parsed(message.Text!));
                PythonJson list = PythonJson.Array();
                list.Items.Add(named);
                AppendText(list.Write(), ids);
                break;
            case MistralVersion.V3:
                AppendText(PythonJson.Object().Set("content", Parsed(message.Text!)).Set("call_id", PythonJson.String(message.ToolCallId!)).Write(), ids);
                break;
            case MistralVersion.V7 or MistralVersion.V11:
                AppendText(message.ToolCallId!, ids);
                ids.Add(Special("[TOOL_CONTENT]"));
                AppendContent(message, ids);
                break;
            default:
                AppendContent(message, ids);
                break;
        }

        ids.Add(Special("[/TOOL_RESULTS]"));
    }

    private void AppendContent(MistralMessage message, List<int> ids)
    {
        if (message.Chunks is null)
        {
            AppendText(message.Text!, ids);
            return;
        }

        foreach (MistralChunk chunk in message.Chunks)
        {
            switch (chunk.Kind)
            {
                case MistralChunk.TextKind:
                    AppendText(chunk.Text, ids);
                    break;
                case MistralChunk.ThinkKind:
                    if (Version < MistralVersion.V13) throw new MistralChatException(MistralChatError.Tokenizer, "Think not implemented for tokenizer < V13.");
                    ids.Add(Special("[THINK]"));
                    AppendText(chunk.Text, ids);
                    if (chunk.Closed) ids.Add(Special("[/THINK]"));
                    break;
                default:
                    throw new MistralChatException(MistralChatError.UnsupportedTokenizerFeature, $"{chunk.Kind}: images and audio cannot be encoded");
            }
        }
    }

    private static void RefuseSeveralResults(List<MistralMessage> messages)
    {
        for (int i = 1; i < messages.Count; i++)
            if (messages[i].Role == "tool" && messages[i - 1].Role == "tool")
                throw new MistralChatException(MistralChatError.UnsupportedTokenizerFeature, "Tokenizer v2 does not support multiple tool results for one assistant turn.");
    }

    private static string Tools(IReadOnlyList<MistralTool> tools)
    {
        PythonJson list = PythonJson.Array();
        foreach (MistralTool tool in tools)
        {
            PythonJson function = PythonJson.Object().Set("name", PythonJson.String(tool.Name)).Set("description", PythonJson.String(tool.Description)).Set("parameters", tool.Parameters);
            list.Items.Add(PythonJson.Object().Set("type", PythonJson.String("function")).Set("function", function));
        }

        return list.Write();
    }

    private static PythonJson Parsed(string content) => PythonJson.Parse(content) ?? PythonJson.String(content);

    private static MistralChatException NoTools() => new(MistralChatError.Tokenizer, "Tools not implemented for tokenizer V1");

    private void AppendText(string text, List<int> ids) => ids.AddRange(tokenizer.EncodeDetailed(text).Ids);

    private int Special(string token) =>
        tokenizer.TokenToId(token) is { } id && tokenizer.IsSpecial(id) ? id : throw new MistralChatException(MistralChatError.Tokenizer, $"the vocabulary has no control token {token}");

    private string Show(List<int> ids) =>
        tokenizer is TekkenTokenizer ? tokenizer.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids)) : string.Concat(ids.Select(tokenizer.IdToToken));
}
