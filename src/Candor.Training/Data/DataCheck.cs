namespace Candor.Training;

/// <summary>What stands in one of a recipe's files, as the model will see it.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Use">What it is for: <c>train</c>, <c>valid</c> or <c>general</c>.</param>
/// <param name="Documents">Texts, chats or answers.</param>
/// <param name="Tokens">Tokens of all, those around texts included.</param>
/// <param name="Counted">Tokens that the model is to learn to say.</param>
/// <param name="Lengths">The documents' tokens, in rising order.</param>
/// <param name="TooLong">Documents longer than the recipe's length: they are cut into pieces, or left out where answers are compared.</param>
/// <param name="Twice">Documents that occurred before.</param>
public sealed record DataFileCheck(string Path, string Use, int Documents, long Tokens, long Counted, IReadOnlyList<int> Lengths, int TooLong, int Twice)
{
    /// <summary>The length that so large a share of the documents does not exceed; 0 where there are none.</summary>
    public int Quantile(double share) => Lengths.Count == 0 ? 0 : Lengths[Math.Min(Lengths.Count - 1, (int)(share * Lengths.Count))];
}

/// <summary>A stretch of a document: tokens that all count, or none of which does.</summary>
/// <param name="Text">What they say.</param>
/// <param name="Counts">Whether the model is to learn to say them.</param>
public readonly record struct DataSpan(string Text, bool Counts);

/// <summary>Reads a recipe's data as a run would, and tells what is in it before anything is trained. Not thread-safe.</summary>
public sealed class DataCheck
{
    private readonly TrainingRecipe recipe;
    private readonly string root;
    private readonly StartText text;
    private readonly HashSet<string> seen = [];

    private DataCheck(TrainingRecipe recipe, string root, StartText text) => (this.recipe, this.root, this.text) = (recipe, root, text);

    /// <summary>Opens a recipe's tokenizer and template; weights stay on the disk, and nothing is written.</summary>
    /// <param name="path">The recipe's file.</param>
    /// <param name="change">Changes to the recipe; null for none.</param>
    /// <param name="fields">Fields to set before it is read; null for none.</param>
    /// <exception cref="TrainingException">The recipe cannot be used.</exception>
    public static DataCheck Open(string path, Func<TrainingRecipe, TrainingRecipe>? change = null, IEnumerable<string>? fields = null)
    {
        TrainingRecipe recipe = RecipeFile.Read(path, fields);
        if (change is not null) recipe = change(recipe);
        string root = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return new DataCheck(recipe, root, ModelStart.TextOf(recipe, root, Path.GetFullPath(recipe.Output, root)));
    }

    /// <summary>Checks all files, in the order of the recipe.</summary>
    /// <param name="show">Told of each document, with its file and its number from 1; null for no one.</param>
    /// <param name="cancellationToken">Stops between documents.</param>
    /// <exception cref="TrainingException">An entry cannot be read, nothing of it counts, or no end token follows an answer.</exception>
    public IEnumerable<DataFileCheck> Files(Action<string, int, IReadOnlyList<DataSpan>>? show = null, CancellationToken cancellationToken = default)
    {
        bool compares = recipe.Preference is not null || recipe.Kto is not null;
        foreach (string file in recipe.Data.Train) yield return Check(file, "train", compares, show, cancellationToken);
        foreach (string file in recipe.Data.Valid) yield return Check(file, "valid", compares, show, cancellationToken);
        foreach (string file in recipe.Data.General) yield return Check(file, "general", false, show, cancellationToken);
    }

    private DataFileCheck Check(string file, string use, bool compares, Action<string, int, IReadOnlyList<DataSpan>>? show, CancellationToken cancellationToken)
    {
        string path = Path.GetFullPath(file, root);
        var lengths = new List<int>();
        long tokens = 0, counted = 0;
        int tooLong = 0, twice = 0;
        foreach (Document document in compares ? Answers(path) : text.Documents(recipe.Data.AnswersOnly).Read(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            lengths.Add(document.Ids.Length);
            RequireEnd(document, file, lengths.Count);
            tokens += document.Ids.Length;
            counted += document.Counts.Count(c => c);
            if (document.Ids.Length > recipe.Length) tooLong++;
            if (!seen.Add(Hash(document))) twice++;
            show?.Invoke(file, lengths.Count, Spans(document));
        }

        int documents = lengths.Count;
        lengths.Sort();
        return new DataFileCheck(file, use, documents, tokens, counted, lengths, tooLong, twice);
    }

    private IEnumerable<Document> Answers(string path)
    {
        AnswerReader reader = text.Answers();
        IEnumerable<PromptedAnswer> answers = recipe.Preference is not null
            ? reader.Pairs(path).SelectMany(p => new[] { p.Better, p.Worse })
            : reader.Labelled(path).Select(a => a.Answer);
        foreach (PromptedAnswer answer in answers) yield return new Document(answer.Ids, [.. Enumerable.Range(0, answer.Ids.Length).Select(i => i >= answer.Prompt)], 0);
    }

    // A model that never learns to end an answer talks on for ever.
    private void RequireEnd(Document document, string file, int number)
    {
        for (int i = 0; i < document.Ids.Length; i++)
        {
            bool last = document.Counts[i] && (i + 1 == document.Ids.Length || !document.Counts[i + 1]);
            if (last && !text.Tokenizer.IsSpecial(document.Ids[LastWord(document, i)]))
                throw new TrainingException($"{file}, document {number}: no end token follows what is to be learnt ('{Ending(document, i)}'); put it into the chat template, between {{% generation %}} and {{% endgeneration %}}");
        }
    }

    // Templates put a new line after the token that ends a turn; where everything counts, it does too.
    private int LastWord(Document document, int last)
    {
        while (last > 0 && document.Counts[last - 1] && string.IsNullOrWhiteSpace(text.Tokenizer.Decode([document.Ids[last]])) && !text.Tokenizer.IsSpecial(document.Ids[last])) last--;
        return last;
    }

    private string Ending(Document document, int last) => text.Tokenizer.Decode(document.Ids.AsSpan(Math.Max(0, last - 4), Math.Min(last + 1, 5)));

    private List<DataSpan> Spans(Document document)
    {
        var spans = new List<DataSpan>();
        for (int begin = 0, end; begin < document.Ids.Length; begin = end)
        {
            end = begin + 1;
            while (end < document.Ids.Length && document.Counts[end] == document.Counts[begin]) end++;
            spans.Add(new DataSpan(text.Tokenizer.Decode(document.Ids.AsSpan(begin, end - begin)), document.Counts[begin]));
        }

        return spans;
    }

    private static string Hash(Document document) =>
        Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(document.Ids.AsSpan())));
}
