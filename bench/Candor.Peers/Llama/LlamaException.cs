namespace Candor.Peers.Llama;

/// <summary>llama.cpp is missing, is another release than the one bound here, or refused a call.</summary>
internal sealed class LlamaException(string message) : Exception(message);
