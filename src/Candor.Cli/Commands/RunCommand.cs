using System.CommandLine;
using Candor.Cli.Common;
using Candor.Inference;
using Candor.Tokenizers.Templates;

namespace Candor.Cli.Commands;

/// <summary><c>candor run</c>: one prompt, one answer.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var model = new ModelOptionsGroup(optional: true);
        var sampling = new SamplingOptionsGroup(0);
        var prompt = new Argument<string?>("PROMPT") { Description = "The prompt; read from stdin where missing.", Arity = ArgumentArity.ZeroOrOne };
        var raw = new Option<bool>("--raw") { Description = "Continues the prompt as it is, without the chat template." };
        var system = new Option<string?>("--system") { Description = "A system prompt." };
        var special = new Option<bool>("--parse-special") { Description = "Special tokens typed in the prompt are recognised; else they are plain text." };
        var template = new Option<string?>("--chat-template") { Description = "A Jinja file to use instead of the model's chat template." };
        var logProbabilities = new Option<int?>("--logprobs") { Description = "With --json: log-probabilities of the chosen tokens and of so many likeliest." };
        Option<string?> saved = SessionFile.Option();
        var json = new Option<bool>("--json") { Description = "Prints one JSON object at the end instead of streaming text." };
        var command = new Command("run", "Answers one prompt.\n\nExamples:\n  candor run model.gguf \"What is the capital of France?\"\n  candor run \"Tell me a story about a hen.\"\n  echo \"Once upon a time\" | candor run folder --raw --temperature 0 --max-tokens 64\n  candor run model.gguf --session book.session \"$(cat book.txt) Who is the hero?\"");
        var speculation = new SpeculationOptionsGroup();
        model.AddTo(command);
        command.Arguments.Add(prompt);
        foreach (Option option in (Option[])[raw, system, special, template, logProbabilities, saved, json]) command.Options.Add(option);
        speculation.AddTo(command);
        sampling.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            GenerationOptions options = sampling.Read(parsed) with { LogProbabilities = parsed.GetValue(logProbabilities) };
            (string? path, string? given) = (parsed.GetValue(model.Model), parsed.GetValue(prompt));
            if (given is null && path is not null && !LooksLikeModel(path)) (path, given) = (ModelOptionsGroup.Own, path);
            string text = given ?? ReadInput();
            using LanguageModel opened = model.Open(parsed, path: path, template: parsed.GetValue(template) is { } jinja ? File.ReadAllText(jinja) : null);
            using LanguageModel? draft = speculation.OpenDraft(parsed, model);
            options = options with { Speculation = speculation.Read(parsed, draft) };
            int[] ids = parsed.GetValue(raw)
                ? opened.EncodePrompt(text, parsed.GetValue(special))
                : opened.EncodeChat(ChatTemplateRequest.Of(Messages(parsed.GetValue(system), text)), parseSpecial: parsed.GetValue(special));
            string? file = parsed.GetValue(saved);
            using Session session = SessionFile.Open(opened, file);
            bool asJson = parsed.GetValue(json);
            GenerationResult result = session.Generate(ids, options, asJson ? null : Show, cancellationToken);
            if (asJson) RunReport.Write(result);
            else Console.Out.WriteLine();
            SessionFile.Save(session, file);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static IEnumerable<(string, string)> Messages(string? system, string user) =>
        system is null ? [("user", user)] : [("system", system), ("user", user)];

    /// <summary>Whether a word alone is a model and not a prompt for the model that comes with Candor.</summary>
    private static bool LooksLikeModel(string word) =>
        Path.Exists(word) || word.Contains('/', StringComparison.Ordinal) || word.Contains('\\', StringComparison.Ordinal) || Path.GetExtension(word) is ".gguf" or ".json" or ".safetensors";

    private static string ReadInput()
    {
        if (!Console.IsInputRedirected) throw new CliException("no prompt: give one as an argument or on stdin", ExitCode.Usage);
        string text = Console.In.ReadToEnd();
        return text.Length > 0 ? text : throw new CliException("no prompt: stdin is empty", ExitCode.Usage);
    }

    private static void Show(string text)
    {
        Console.Out.Write(text);
        Console.Out.Flush();
    }
}
