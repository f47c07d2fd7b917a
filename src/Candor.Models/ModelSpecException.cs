namespace Candor.Models;

/// <summary>An architecture's description contradicts itself or asks for something that cannot be run. The message is one line.</summary>
public sealed class ModelSpecException(string message) : Exception(message);

/// <summary>What was given to a model does not fit it: an id outside the vocabulary, or more tokens than it has positions.</summary>
public sealed class ModelInputException(string message) : Exception(message);
