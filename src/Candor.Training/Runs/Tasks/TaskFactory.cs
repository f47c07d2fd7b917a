namespace Candor.Training;

/// <summary>Reads a recipe's data for the method that it asks for.</summary>
internal static class TaskFactory
{
    /// <summary>The task of a recipe.</summary>
    /// <exception cref="TrainingException">Its data cannot be read, or there is nothing in it.</exception>
    public static TrainingTask Of(TrainingRecipe recipe, string root, string path, ModelStart start)
    {
        IEnumerable<string> train = recipe.Data.Train.Select(f => Path.GetFullPath(f, root)), valid = recipe.Data.Valid.Select(f => Path.GetFullPath(f, root));
        AnswerReader answers = start.Text.Answers();
        if (recipe.Preference is { } preference)
        {
            AnswerPair[] pairs = Some(train.SelectMany(answers.Pairs).Where(p => p.Better.Ids.Length <= recipe.Length && p.Worse.Ids.Length <= recipe.Length), path, recipe);
            return new PairTask(recipe, start.Model, preference.NeedsReference ? start.Reference() : null, pairs);
        }

        if (recipe.Kto is not null)
            return new LabelledTask(recipe, start.Model, start.Reference(), Some(train.SelectMany(answers.Labelled).Where(a => a.Answer.Ids.Length <= recipe.Length), path, recipe));
        DocumentReader reader = start.Text.Documents(recipe.Data.AnswersOnly);
        Document[] Read(IEnumerable<string> files) => [.. files.SelectMany(reader.Read).SelectMany(d => d.Pieces(recipe.Length)).Where(d => d.Counts.Contains(true))];
        Document[] documents = Some(Read(train), path, recipe), held = Read(valid), general = Read(recipe.Data.General.Select(f => Path.GetFullPath(f, root)));
        TrainingModel? teacher = recipe.Distillation is { } d ? start.Teacher(Path.GetFullPath(d.Teacher, root)) : null;
        return new LanguageTask(recipe, start.Model, teacher, documents, held, general);
    }

    private static T[] Some<T>(IEnumerable<T> data, string path, TrainingRecipe recipe)
    {
        T[] all = [.. data];
        return all.Length > 0 ? all : throw new TrainingException($"{path}: there is nothing to learn in the training files: they are empty, or all longer than length, which is {recipe.Length}");
    }
}
