namespace Candor.Tokenizers.Mistral;

/// <summary>Why a chat could not be encoded, in the terms of Mistral's reference implementation.</summary>
public enum MistralChatError
{
    /// <summary>The version of the tokenizer cannot express this.</summary>
    Tokenizer,

    /// <summary>The version of the tokenizer lacks a feature.</summary>
    UnsupportedTokenizerFeature,

    /// <summary>The request is malformed.</summary>
    InvalidRequest,

    /// <summary>A system message is wrong.</summary>
    InvalidSystemPrompt,

    /// <summary>The order of the messages is wrong.</summary>
    InvalidMessageStructure,

    /// <summary>An assistant message is wrong.</summary>
    InvalidAssistantMessage,

    /// <summary>A user message is wrong.</summary>
    InvalidUserMessage,

    /// <summary>A tool message is wrong.</summary>
    InvalidToolMessage,

    /// <summary>The name of a tool is wrong.</summary>
    InvalidTool,

    /// <summary>The parameters of a tool are no JSON schema.</summary>
    InvalidToolSchema,

    /// <summary>A call of a tool is wrong.</summary>
    InvalidFunctionCall,
}

/// <summary>A chat cannot be encoded. The message is one line.</summary>
public sealed class MistralChatException : Exception
{
    /// <summary>Describes one fault.</summary>
    /// <param name="error">Its kind.</param>
    /// <param name="message">What was found and what was expected.</param>
    public MistralChatException(MistralChatError error, string message)
        : base(message) => Error = error;

    /// <summary>The kind of fault.</summary>
    public MistralChatError Error { get; }
}
