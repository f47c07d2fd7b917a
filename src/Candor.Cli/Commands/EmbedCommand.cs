using System.CommandLine;
using Candor.Cli.Common;
using Candor.Inference;

namespace Candor.Cli.Commands;

/// <summary><c>candor embed</c>: texts to vectors.</summary>
internal static class EmbedCommand
{
    public static Command Create()
    {
        var model = new ModelOptionsGroup();
        var text = new Argument<string?>("TEXT") { Description = "The text; stdin where missing.", Arity = ArgumentArity.ZeroOrOne };
        var jsonl = new Option<bool>("--jsonl") { Description = "A JSON string a line in, an array of numbers a line out." };
        var json = new Option<bool>("--json") { Description = "Prints one JSON object." };
        var command = new Command("embed", "Makes a vector of each text.\n\nExamples:\n  candor embed model.gguf \"some text\"\n  candor embed folder --jsonl < texts.jsonl");
        model.AddTo(command);
        command.Arguments.Add(text);
        command.Options.Add(jsonl);
        command.Options.Add(json);
        command.SetAction((parsed, cancellationToken) =>
        {
            using LanguageModel opened = model.Open(parsed);
            var embedder = new Embedder(opened);
            if (parsed.GetValue(jsonl))
            {
                foreach ((int Number, string Line) line in JsonLines.Read())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Write(Embed(embedder, JsonLines.ParseString(line), $"line {line.Number}"));
                }

                return Task.FromResult(ExitCode.Success);
            }

            TextEmbedding embedding = Embed(embedder, parsed.GetValue(text) ?? Console.In.ReadToEnd(), "the text");
            if (!parsed.GetValue(json)) Write(embedding);
            else
            {
                JsonOutput.Write(w =>
                {
                    w.WriteStartObject();
                    w.WriteNumber("tokens", embedding.Tokens);
                    w.WriteStartArray("embedding");
                    foreach (float x in embedding.Vector) w.WriteNumberValue(x);
                    w.WriteEndArray();
                    w.WriteEndObject();
                });
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static TextEmbedding Embed(Embedder embedder, string text, string what)
    {
        TextEmbedding embedding = embedder.Embed(text);
        if (embedding.CutTokens > 0) Console.Error.WriteLine($"candor: {what} is too long: {embedding.CutTokens} tokens were cut, {embedding.Tokens} remain");
        return embedding;
    }

    private static void Write(TextEmbedding embedding) => JsonOutput.WriteLine(w =>
    {
        w.WriteStartArray();
        foreach (float x in embedding.Vector) w.WriteNumberValue(x);
        w.WriteEndArray();
    });
}
