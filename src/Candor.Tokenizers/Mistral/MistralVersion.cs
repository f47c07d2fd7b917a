namespace Candor.Tokenizers.Mistral;

/// <summary>The versions of Mistral's chat encoding.</summary>
public enum MistralVersion
{
    /// <summary><c>[INST]</c> is plain text; no tools.</summary>
    V1 = 1,

    /// <summary>Control tokens; tools of the last turn only.</summary>
    V2 = 2,

    /// <summary>Ids of calls; tools of all turns.</summary>
    V3 = 3,

    /// <summary>System prompts in place, results of tools as they are.</summary>
    V7 = 7,

    /// <summary>Each call has its own tokens.</summary>
    V11 = 11,

    /// <summary>Tools at the first turn, no ids, thinking.</summary>
    V13 = 13,

    /// <summary>Settings of the model, such as the effort of reasoning.</summary>
    V15 = 15,
}

/// <summary>How strictly a chat is judged before it is encoded.</summary>
public enum MistralValidationMode
{
    /// <summary>As for generation, without asking for a model's name.</summary>
    Test,

    /// <summary>For generation: the model must be named, every call answered.</summary>
    Serving,

    /// <summary>For training: the last message must be the assistant's.</summary>
    Finetuning,
}
