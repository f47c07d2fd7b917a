namespace Candor.Training.Tests.Data;

public class TextFilterTests
{
    [Fact]
    public void WithoutRulesAllPasses() => Assert.True(new TextFilter(new RecipeFilter()).Passes(""));

    [Fact]
    public void EachRuleDropsWhatItNames()
    {
        Assert.False(new TextFilter(new RecipeFilter { LeastCharacters = 4 }).Passes("abc"));
        Assert.True(new TextFilter(new RecipeFilter { LeastCharacters = 4 }).Passes("abcd"));
        Assert.False(new TextFilter(new RecipeFilter { MostCharacters = 3 }).Passes("abcd"));
        Assert.False(new TextFilter(new RecipeFilter { Matching = "h[ae]n" }).Passes("a hun"));
        Assert.True(new TextFilter(new RecipeFilter { Matching = "h[ae]n" }).Passes("a hen"));
        Assert.False(new TextFilter(new RecipeFilter { NotMatching = "(?i)error" }).Passes("An Error"));
        Assert.False(new TextFilter(new RecipeFilter { LeastLetters = 0.6 }).Passes("a | 1 | 2 | 3"));
        Assert.True(new TextFilter(new RecipeFilter { LeastLetters = 0.6 }).Passes("a cell of words"));
        Assert.False(new TextFilter(new RecipeFilter { MostRepetition = 0.2 }).Passes("a big toy and a big toy and a big toy and a big toy"));
        Assert.True(new TextFilter(new RecipeFilter { MostRepetition = 0.2 }).Passes("once there was a hen that laid a golden egg each day"));
    }

    [Fact]
    public void SharesAreThoseOfTheirDefinitions()
    {
        Assert.Equal(0.75, TextFilter.Letters("a b c 1"));
        Assert.Equal(0, TextFilter.Letters("  "));
        // Runs: abcd bcda cdab dabc abcd: one of five came before.
        Assert.Equal(0.2, TextFilter.Repetition("a b c d A B C D"), 12);
        Assert.Equal(0, TextFilter.Repetition("a b c"));
    }

    [Theory]
    [InlineData("(")]
    [InlineData("(a)\\1")]
    public void ExpressionsThatCannotBeUsedAreRefused(string pattern) =>
        Assert.Contains("data.filter.matching", Assert.Throws<TrainingException>(() => new TextFilter(new RecipeFilter { Matching = pattern })).Message, StringComparison.Ordinal);

    [Fact]
    public void SharesOutsideOfOneAreRefused() => Assert.Throws<TrainingException>(() => new TextFilter(new RecipeFilter { MostRepetition = 1.5 }));
}
