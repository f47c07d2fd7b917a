using System.CommandLine;
using System.Text.Json;
using Candor.Cli.Common;
using Candor.Inference;
using Candor.Tokenizers.Templates;

namespace Candor.Cli.Commands;

/// <summary><c>candor render</c>: what a chat template makes of messages.</summary>
internal static class RenderCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("MODEL") { Description = "A model, a folder, or a template file (.jinja)." };
        var messages = new Argument<string?>("MESSAGES") { Description = "JSON: a list of messages, or an object with messages, tools, add_generation_prompt, …", Arity = ArgumentArity.ZeroOrOne };
        var bos = new Option<string?>("--bos") { Description = "The beginning token, for a bare template." };
        var eos = new Option<string?>("--eos") { Description = "The end token, for a bare template." };
        var name = new Option<string?>("--template") { Description = "Which of several templates of the model." };
        var show = new Option<bool>("--show") { Description = "Prints the template itself." };
        var jsonl = new Option<bool>("--jsonl") { Description = "An object of arguments a line in, {\"text\"} or {\"error\"} a line out." };
        var command = new Command("render", "Renders a chat with the model's own template, or another.\n\nExamples:\n  candor render model.gguf messages.json\n  candor render template.jinja messages.json --bos \"<s>\" --eos \"</s>\"\n  candor render model.gguf --show");
        command.Arguments.Add(source);
        command.Arguments.Add(messages);
        foreach (Option option in (Option[])[bos, eos, name, show, jsonl]) command.Options.Add(option);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(source)!;
            (ChatTemplateSet templates, Dictionary<string, string> special) = Open(path);
            if (parsed.GetValue(bos) is { } b) special["bos_token"] = b;
            if (parsed.GetValue(eos) is { } e) special["eos_token"] = e;
            string? chosen = parsed.GetValue(name);
            if (parsed.GetValue(show))
            {
                Console.Out.WriteLine(templates.Select(chosen).Source);
            }
            else if (parsed.GetValue(jsonl))
            {
                foreach ((int, string) line in JsonLines.Read()) RenderLine(templates, special, chosen, line);
            }
            else
            {
                string text = parsed.GetValue(messages) is { } file ? File.ReadAllText(file) : Console.In.ReadToEnd();
                using JsonDocument document = JsonLines.Parse((1, text));
                Console.Out.Write(Render(templates, special, chosen, document.RootElement));
                Console.Out.WriteLine();
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static (ChatTemplateSet, Dictionary<string, string>) Open(string path)
    {
        string extension = Path.GetExtension(path);
        if (File.Exists(path) && extension is ".jinja" or ".jinja2" or ".j2" or ".txt") return (ChatTemplateSet.Of(File.ReadAllText(path)), []);
        ModelText text = TextSource.Open(path);
        return (text.Templates ?? throw new CliException($"{path}: there is no chat template in it", ExitCode.Format), new Dictionary<string, string>(text.SpecialTokens));
    }

    private static string Render(ChatTemplateSet templates, Dictionary<string, string> special, string? name, JsonElement json)
    {
        ChatTemplateRequest request = ChatTemplateRequest.FromJson(json) with { SpecialTokens = special };
        return templates.Select(name, !request.Tools.IsNone).Render(request);
    }

    private static void RenderLine(ChatTemplateSet templates, Dictionary<string, string> special, string? name, (int, string) line)
    {
        string key = "text", value;
        try
        {
            using JsonDocument document = JsonLines.Parse(line);
            value = Render(templates, special, name, document.RootElement);
        }
        catch (Exception e) when (e is TemplateException or CliException)
        {
            (key, value) = ("error", e.Message);
        }

        JsonOutput.WriteLine(w =>
        {
            w.WriteStartObject();
            w.WriteString(key, value);
            w.WriteEndObject();
        });
    }
}
