namespace Candor.Training;

/// <summary>Reads a recipe's data for the method that it asks for.</summary>
internal static class TaskFactory
{
    /// <summary>The task of a recipe.</summary>
    /// <exception cref="TrainingException">Its data cannot be read, or there is nothing in it.</exception>
    public static TrainingTask Of(TrainingRecipe recipe, string root, string path, ModelStart start, Func<DrawnAnswer, double>? reward)
    {
        IEnumerable<SelectedEntry> used = DataSelection.Used(recipe.Data, root), train = used.Where(e => e.Use == DataUse.Train);
        AnswerReader answers = start.Text.Answers();
        if (recipe.Preference is { } preference)
        {
            DataMixture<AnswerPair> pairs = Some(train.Select(e => (e.File, Pair: answers.Pair(e.Entry))).Where(e => e.Pair.Better.Ids.Length <= recipe.Length && e.Pair.Worse.Ids.Length <= recipe.Length), path, recipe);
            return new PairTask(recipe, start.Model, preference.NeedsReference ? start.Reference() : null, pairs);
        }

        if (recipe.Kto is not null)
            return new LabelledTask(recipe, start.Model, start.Reference(), Some(train.SelectMany(e => answers.Labelled(e.Entry).Select(a => (e.File, Labelled: a))).Where(e => e.Labelled.Answer.Ids.Length <= recipe.Length), path, recipe));
        if (recipe.Grpo is { } grpo)
        {
            DataMixture<PolicyPrompt> prompts = Some(train.Select(e => (e.File, Prompt: answers.Asked(e.Entry))).Where(e => e.Prompt.Ids.Length + grpo.MostTokens <= recipe.Length), path, recipe);
            return new PolicyTask(recipe, start.Model, grpo.Policy.Beta > 0 ? start.Reference() : null, prompts, start.Text, reward ?? new Rewards(grpo.Rewards).Of);
        }

        DocumentReader reader = start.Text.Documents(recipe.Data.AnswersOnly);
        ILookup<DataUse, (int File, Document Piece)> pieces = used.SelectMany(e => reader.Read(e.Entry).Pieces(recipe.Length).Where(d => d.Counts.Contains(true)).Select(d => (e.Use, e.File, Piece: d))).ToLookup(p => p.Use, p => (p.File, p.Piece));
        DataMixture<Document> documents = Some(pieces[DataUse.Train], path, recipe);
        TrainingModel? teacher = recipe.Distillation is { } d ? start.Teacher(Path.GetFullPath(d.Teacher, root)) : null;
        return new LanguageTask(recipe, start.Model, teacher, documents, [.. pieces[DataUse.Valid].Select(p => p.Piece)], [.. pieces[DataUse.General].Select(p => p.Piece)]);
    }

    private static DataMixture<T> Some<T>(IEnumerable<(int, T)> data, string path, TrainingRecipe recipe)
    {
        var all = DataMixture<T>.Of(data, recipe.Data);
        return all.Items.Length > 0 ? all : throw new TrainingException($"{path}: there is nothing to learn in the training files: they are empty, or all longer than length, which is {recipe.Length}");
    }
}
