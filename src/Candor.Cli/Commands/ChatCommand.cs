using System.CommandLine;
using System.Globalization;
using Candor.Cli.Common;
using Candor.Inference;
using Candor.Inference.Sampling;
using Candor.Models;
using Candor.Tokenizers.Templates;

namespace Candor.Cli.Commands;

/// <summary><c>candor chat</c>: a conversation.</summary>
internal static class ChatCommand
{
    private const string Help = """
        /help           this list
        /system TEXT    sets the system prompt and starts anew
        /clear          starts anew
        /history        shows the conversation
        /retry          answers the last message again
        /speed          shows token speeds after each answer, or stops it
        /exit           ends (so does Ctrl-D)
        A line that ends in \ goes on in the next one. Ctrl-C stops an answer only.
        """;

    public static Command Create()
    {
        var model = new ModelOptionsGroup(optional: true);
        var sampling = new SamplingOptionsGroup(SamplingOptions.Balanced.Temperature);
        var system = new Option<string?>("--system") { Description = "A system prompt." };
        var template = new Option<string?>("--chat-template") { Description = "A Jinja file to use instead of the model's chat template." };
        var command = new Command("chat", "Talks with a model.\n\nExamples:\n  candor chat\n  candor chat model.gguf\n  candor chat folder --system \"Answer in one sentence.\" --temperature 0.5\n  candor chat model.gguf --session evening.session");
        Option<string?> saved = SessionFile.Option();
        var speculation = new SpeculationOptionsGroup();
        model.AddTo(command);
        command.Options.Add(saved);
        command.Options.Add(system);
        command.Options.Add(template);
        speculation.AddTo(command);
        sampling.AddTo(command);
        command.SetAction(parsed =>
        {
            using LanguageModel opened = model.Open(parsed, parsed.GetValue(template) is { } file ? File.ReadAllText(file) : null);
            using LanguageModel? draft = speculation.OpenDraft(parsed, model);
            GenerationOptions options = sampling.Read(parsed) with { Speculation = speculation.Read(parsed, draft) };
            string? kept = parsed.GetValue(saved);
            using var talk = new Conversation(opened, SessionFile.Open(opened, kept), options, parsed.GetValue(system));
            if (!Console.IsInputRedirected) Console.Error.WriteLine("Type a message; /help lists commands.");
            talk.Run();
            talk.Save(kept);
            return ExitCode.Success;
        });
        return command;
    }

    private sealed class Conversation : IDisposable
    {
        private readonly LanguageModel model;
        private readonly GenerationOptions options;
        private readonly Session session;
        private readonly List<(string Role, string Content)> messages;
        private readonly Lock gate = new();
        private CancellationTokenSource? answering;
        private string? system;
        private bool showSpeed;

        public Conversation(LanguageModel model, Session session, GenerationOptions options, string? system)
        {
            (this.model, this.session, this.options) = (model, session, options);
            messages = SessionFile.MessagesOf(session);
            string? kept = messages is [("system", var content), ..] ? content : null;
            if (kept is not null) messages.RemoveAt(0);
            this.system = system ?? kept;
        }

        public void Save(string? path) => SessionFile.Save(session, path, system is null ? messages : [("system", system), .. messages]);

        public void Run()
        {
            Console.CancelKeyPress += Interrupt;
            try
            {
                while (Read() is { } line)
                {
                    if (line.Length == 0) continue;
                    if (line[0] != '/') Answer(line);
                    else if (!Obey(line)) return;
                }
            }
            finally
            {
                Console.CancelKeyPress -= Interrupt;
            }
        }

        public void Dispose()
        {
            session.Dispose();
            answering?.Dispose();
        }

        private static string? Read()
        {
            var lines = new List<string>();
            while (true)
            {
                if (!Console.IsInputRedirected) Console.Error.Write(lines.Count == 0 ? "> " : "… ");
                string? line = Console.In.ReadLine();
                if (line is null) return lines.Count > 0 ? string.Join('\n', lines) : null;
                if (!line.EndsWith('\\'))
                {
                    lines.Add(line);
                    return string.Join('\n', lines).Trim();
                }

                lines.Add(line[..^1]);
            }
        }

        private void Interrupt(object? sender, ConsoleCancelEventArgs e)
        {
            // Between answers Ctrl-C ends the program as anywhere else.
            lock (gate)
            {
                if (answering is null) return;
                e.Cancel = true;
                answering.Cancel();
            }
        }

        private bool Obey(string line)
        {
            string[] parts = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            switch (parts[0])
            {
                case "/exit" or "/quit":
                    return false;
                case "/help":
                    Console.Error.WriteLine(Help);
                    break;
                case "/clear":
                    messages.Clear();
                    break;
                case "/system":
                    system = parts.Length > 1 ? parts[1] : null;
                    messages.Clear();
                    break;
                case "/history":
                    foreach ((string role, string content) in messages) Console.Error.WriteLine($"{role}: {content}");
                    break;
                case "/speed":
                    showSpeed = !showSpeed;
                    break;
                case "/retry" when messages.Count >= 2:
                    string last = messages[^2].Content;
                    messages.RemoveRange(messages.Count - 2, 2);
                    Answer(last);
                    break;
                default:
                    Console.Error.WriteLine($"{parts[0]} is not a command here; /help lists them");
                    break;
            }

            return true;
        }

        private void Answer(string message)
        {
            messages.Add(("user", message));
            IEnumerable<(string, string)> all = system is null ? messages : messages.Prepend(("system", system));
            var shown = new System.Text.StringBuilder();
            using var cancel = new CancellationTokenSource();
            lock (gate) answering = cancel;
            try
            {
                int[] ids = model.EncodeChat(ChatTemplateRequest.Of(all));
                GenerationResult result = session.Generate(ids, options, text =>
                {
                    shown.Append(text);
                    Console.Out.Write(text);
                    Console.Out.Flush();
                }, cancel.Token);
                Console.Out.WriteLine();
                if (showSpeed) Speed(result);
            }
            catch (OperationCanceledException)
            {
                Console.Out.WriteLine();
            }
            catch (Exception e) when (e is TemplateException or ModelInputException)
            {
                // What cannot be answered is forgotten, and the conversation goes on.
                messages.RemoveAt(messages.Count - 1);
                Console.Error.WriteLine($"candor: {e.Message}");
                return;
            }
            finally
            {
                lock (gate) answering = null;
            }

            messages.Add(("assistant", shown.ToString()));
        }

        private static void Speed(GenerationResult r)
        {
            int read = r.PromptIds.Count - r.ReusedTokens;
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"[{read} tokens read at {read / r.PromptTime.TotalSeconds:0} a second, {r.GeneratedIds.Count} generated at {r.GeneratedIds.Count / Math.Max(1e-9, r.GenerationTime.TotalSeconds):0} a second]"));
        }
    }
}
