using System.Text.Json;
using Candor.Tokenizers.Mistral;

namespace Candor.Tokenizers.Tests.Mistral;

/// <summary>Every request of the pack in every version.</summary>
public class MistralChatGoldenTests
{
    public static TheoryData<string> Versions { get; } = Shared.Rows(VersionNames());

    [Theory]
    [MemberData(nameof(Versions))]
    public void Tokens_texts_and_errors_equal_the_reference(string version)
    {
        using JsonDocument document = Open();
        JsonElement requests = document.RootElement.GetProperty("requests");
        JsonElement golden = document.RootElement.GetProperty("versions").GetProperty(version);
        MistralChatEncoder encoder = MistralChatEncoder.Load(Shared.RequireOracle("tokenizers", "mistral", golden.GetProperty("file").GetString()!));
        Assert.StartsWith($"v{(int)encoder.Version}-", version, StringComparison.Ordinal);
        var wrong = new List<string>();
        int count = 0;
        foreach (JsonProperty result in golden.GetProperty("results").EnumerateObject())
        {
            JsonElement request = requests.GetProperty(result.Name);
            MistralValidationMode mode = !request.TryGetProperty("mode", out JsonElement m) ? MistralValidationMode.Test : Enum.Parse<MistralValidationMode>(m.GetString()!, ignoreCase: true);
            string expected = result.Value.TryGetProperty("error", out JsonElement error)
                ? $"{error.GetProperty("type").GetString()}: {error.GetProperty("message").GetString()}"
                : $"{string.Join(' ', result.Value.GetProperty("tokens").EnumerateArray().Select(t => t.GetInt32()))} {result.Value.GetProperty("text").GetString()}";
            string got;
            try
            {
                MistralChatEncoding encoding = encoder.Encode(request.GetRawText(), mode);
                got = $"{string.Join(' ', encoding.Ids)} {encoding.Text}";
            }
            catch (MistralChatException e)
            {
                got = $"{e.Error}Exception: {e.Message}";
            }

            if (got != expected) wrong.Add($"{result.Name}:\n  expected {expected}\n  got      {got}");
            count++;
        }

        Candor.Tokenizers.Tests.SentencePiece.Difference.None(wrong);
        Assert.True(count > 0);
        GoldenTable.Passed("tokenizers", "mistral-chat/" + version, "tokens, text, errors", count);
    }

    private static IEnumerable<string> VersionNames()
    {
        if (Shared.Oracle is null || !File.Exists(Path.Combine(Shared.Oracle, "tokenizers", "mistral", "mistral-chat.json"))) return [];
        using JsonDocument document = Open();
        return [.. document.RootElement.GetProperty("versions").EnumerateObject().Select(v => v.Name)];
    }

    private static JsonDocument Open() => JsonDocument.Parse(File.ReadAllBytes(Shared.RequireOracle("tokenizers", "mistral", "mistral-chat.json")));
}
