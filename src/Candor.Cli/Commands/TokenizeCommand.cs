using System.CommandLine;
using System.Text.Json;
using Candor.Cli.Common;
using Candor.Tokenizers;

namespace Candor.Cli.Commands;

/// <summary><c>candor tokenize</c>: text to ids and back.</summary>
internal static class TokenizeCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("MODEL") { Description = "A model, a folder, a tokenizer.json, a tokenizer.model, a tekken.json or a vocabulary-only GGUF file." };
        var text = new Argument<string?>("TEXT") { Description = "The text (with --decode: the ids); read from stdin where missing.", Arity = ArgumentArity.ZeroOrOne };
        Option<string> special = ModelOptionsGroup.Choice("--special", "Whether special tokens spelt in the text become their ids or stay plain text.", "plain", "parse");
        var add = new Option<bool>("--add-special") { Description = "Adds what the model wants before and after a text (BOS, EOS)." };
        var decode = new Option<bool>("--decode") { Description = "Ids to text." };
        var skip = new Option<bool>("--skip-special") { Description = "With --decode: control tokens give no text." };
        var jsonl = new Option<bool>("--jsonl") { Description = "A JSON string a line in, an array of ids a line out; with --decode the other way." };
        var json = new Option<bool>("--json") { Description = "Prints ids, tokens and offsets as JSON." };
        var command = new Command("tokenize", "Shows how a text becomes tokens.\n\nExamples:\n  candor tokenize model.gguf \"Hello world\"\n  candor tokenize tokenizer.json --jsonl --special parse < texts.jsonl\n  candor tokenize folder --decode 1,2,3");
        command.Arguments.Add(source);
        command.Arguments.Add(text);
        foreach (Option option in (Option[])[special, add, decode, skip, jsonl, json]) command.Options.Add(option);
        command.SetAction(parsed =>
        {
            Tokenizer tokenizer = TextSource.OpenTokenizer(parsed.GetValue(source)!);
            bool parse = parsed.GetValue(special) == "parse", addSpecial = parsed.GetValue(add), skipSpecial = parsed.GetValue(skip);
            if (parsed.GetValue(jsonl))
            {
                foreach ((int, string) line in JsonLines.Read())
                {
                    if (parsed.GetValue(decode)) JsonOutput.WriteLine(w => w.WriteStringValue(tokenizer.Decode(JsonLines.ParseIds(line), skipSpecial)));
                    else JsonOutput.WriteLine(w => Ids(w, tokenizer.Encode(JsonLines.ParseString(line), parse, addSpecial)));
                }
            }
            else if (parsed.GetValue(decode))
            {
                int[] ids = LogitsCommand.ParseIds(parsed.GetValue(text) ?? Console.In.ReadToEnd());
                Console.Out.WriteLine(tokenizer.Decode(ids, skipSpecial));
            }
            else
            {
                Encoding encoding = tokenizer.EncodeDetailed(parsed.GetValue(text) ?? Console.In.ReadToEnd(), parse, addSpecial);
                if (parsed.GetValue(json)) Report(encoding);
                else foreach ((int id, string token) in encoding.Ids.Zip(encoding.Tokens)) Console.Out.WriteLine($"{id}\t{token}");
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static void Ids(Utf8JsonWriter w, IEnumerable<int> ids)
    {
        w.WriteStartArray();
        foreach (int id in ids) w.WriteNumberValue(id);
        w.WriteEndArray();
    }

    private static void Report(Encoding encoding) => JsonOutput.Write(w =>
    {
        w.WriteStartObject();
        w.WriteIds("ids", encoding.Ids);
        w.WriteStartArray("tokens");
        foreach (string token in encoding.Tokens) w.WriteStringValue(token);
        w.WriteEndArray();
        w.WriteStartArray("offsets");
        foreach ((int begin, int end) in encoding.Offsets)
        {
            w.WriteStartArray();
            w.WriteNumberValue(begin);
            w.WriteNumberValue(end);
            w.WriteEndArray();
        }

        w.WriteEndArray();
        w.WriteEndObject();
    });
}
