using Candor.Inference;

using LanguageModel model = LanguageModel.Open(args[0]);
using Session session = model.CreateSession();
await foreach (string text in session.StreamAsync("What is the capital of France?"))
    Console.Write(text);
