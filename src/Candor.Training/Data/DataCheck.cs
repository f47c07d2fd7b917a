namespace Candor.Training;

/// <summary>What stands in one of a recipe's files, as the model will see it.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Use">What it is for: <c>train</c>, <c>valid</c> or <c>general</c>.</param>
/// <param name="Documents">Texts, chats, answers, or prompts that answers are drawn to.</param>
/// <param name="Tokens">Tokens of all, those around texts included.</param>
/// <param name="Counted">Tokens that the model is to learn to say.</param>
/// <param name="Lengths">The documents' tokens, in rising order.</param>
/// <param name="TooLong">Documents longer than the recipe's length: they are cut into pieces, or left out where answers are compared or drawn.</param>
/// <param name="Twice">Documents that occurred before.</param>
/// <param name="Filtered">Entries that the recipe's filter drops; they are not counted above.</param>
/// <param name="Duplicates">Entries that the recipe drops as duplicates; they are not counted above.</param>
public sealed record DataFileCheck(string Path, string Use, int Documents, long Tokens, long Counted, IReadOnlyList<int> Lengths, int TooLong, int Twice, int Filtered, int Duplicates)
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

    /// <summary>Checks all files: those for training, for validation (what is split off the training files too), and general ones.</summary>
    /// <param name="show">Told of each document, with its file and its number from 1; null for no one.</param>
    /// <param name="cancellationToken">Stops between documents.</param>
    /// <exception cref="TrainingException">An entry cannot be read, nothing of it counts, or no end token follows an answer.</exception>
    public IReadOnlyList<DataFileCheck> Files(Action<string, int, IReadOnlyList<DataSpan>>? show = null, CancellationToken cancellationToken = default)
    {
        AnswerReader answers = text.Answers();
        DocumentReader reader = text.Documents(recipe.Data.AnswersOnly);
        var counts = new Dictionary<(DataUse, string), FileCount>();
        foreach ((DataUse use, IReadOnlyList<string> names) in new[] { (DataUse.Train, recipe.Data.Train), (DataUse.Valid, recipe.Data.Valid), (DataUse.General, recipe.Data.General) })
            foreach (string name in names) counts[(use, name)] = new FileCount();
        foreach (SelectedEntry entry in DataSelection.Read(recipe.Data, root))
        {
            if (!counts.TryGetValue((entry.Use, entry.Path), out FileCount? count)) counts[(entry.Use, entry.Path)] = count = new FileCount();
            if (entry.Dropped == DropReason.Filtered) count.Filtered++;
            else if (entry.Dropped == DropReason.Duplicate) count.Duplicates++;
            else
                foreach (Document document in Documents(entry, reader, answers))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Count(document, entry, count);
                    show?.Invoke(entry.Path, count.Lengths.Count, Spans(document));
                }
        }

        foreach (FileCount count in counts.Values) count.Lengths.Sort();
        return [.. counts.OrderBy(c => c.Key.Item1).Select(c => c.Value.Result(c.Key.Item2, c.Key.Item1))];
    }

    private void Count(Document document, SelectedEntry entry, FileCount count)
    {
        // A prompt needs room for the answers that are drawn to it.
        int drawn = entry.Use == DataUse.Train ? recipe.Grpo?.MostTokens ?? 0 : 0;
        count.Lengths.Add(document.Ids.Length);
        RequireEnd(document, entry.Path, count.Lengths.Count);
        count.Tokens += document.Ids.Length;
        count.Counted += document.Counts.Count(c => c);
        if (document.Ids.Length + drawn > recipe.Length) count.TooLong++;
        if (!seen.Add(Hash(document))) count.Twice++;
    }

    /// <summary>What a run makes of an entry: a text, answers that are compared, or a prompt that it draws answers to.</summary>
    private IEnumerable<Document> Documents(SelectedEntry entry, DocumentReader reader, AnswerReader answers)
    {
        if (entry.Use == DataUse.General) return [reader.Read(entry.Entry)];
        if (recipe.Preference is not null || recipe.Kto is not null) return Answers(answers, entry.Entry);
        if (recipe.Grpo is null || entry.Use != DataUse.Train) return [reader.Read(entry.Entry)];
        int[] prompt = answers.Asked(entry.Entry).Ids;
        return [new Document(prompt, new bool[prompt.Length], 0)];
    }

    private IEnumerable<Document> Answers(AnswerReader reader, DataEntry entry)
    {
        IEnumerable<PromptedAnswer> answers;
        if (recipe.Preference is null) answers = reader.Labelled(entry).Select(a => a.Answer);
        else
        {
            AnswerPair pair = reader.Pair(entry);
            answers = [pair.Better, pair.Worse];
        }

        return answers.Select(answer => new Document(answer.Ids, [.. Enumerable.Range(0, answer.Ids.Length).Select(i => i >= answer.Prompt)], 0));
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

    private sealed class FileCount
    {
        public List<int> Lengths { get; } = [];

        public long Tokens { get; set; }

        public long Counted { get; set; }

        public int TooLong { get; set; }

        public int Twice { get; set; }

        public int Filtered { get; set; }

        public int Duplicates { get; set; }

        public DataFileCheck Result(string path, DataUse use) =>
            new(path, use switch { DataUse.Train => "train", DataUse.Valid => "valid", _ => "general" }, Lengths.Count, Tokens, Counted, Lengths, TooLong, Twice, Filtered, Duplicates);
    }
}
