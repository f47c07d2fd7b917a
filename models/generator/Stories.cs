namespace Candor.Generator;

/// <summary>Short stories with a beginning, a problem and an end.</summary>
internal static class Stories
{
    private static readonly (string Name, string Pronoun, string Possessive, string Object)[] Children =
    [
        ("Tom", "he", "his", "him"), ("Anna", "she", "her", "her"), ("Ben", "he", "his", "him"), ("Lily", "she", "her", "her"), ("Max", "he", "his", "him"), ("Rosa", "she", "her", "her"),
        ("Sam", "he", "his", "him"), ("Mia", "she", "her", "her"), ("Leo", "he", "his", "him"), ("Ida", "she", "her", "her"), ("Paul", "he", "his", "him"), ("Nora", "she", "her", "her"),
    ];

    private static readonly string[] Animals = ["hen", "dog", "cat", "duck", "sheep", "horse", "owl", "frog", "mouse", "pig", "rabbit", "bear", "fox", "cow", "bird"];
    private static readonly string[] Adjectives = ["little", "old", "brown", "white", "kind", "clever", "funny", "shy", "brave", "hungry", "sleepy", "young", "quiet", "happy"];
    private static readonly string[] Places = ["a small farm", "the edge of the forest", "a house by the river", "a quiet village", "a green valley", "an old mill", "a town by the sea", "a cottage on the hill"];
    private static readonly string[] Things = ["red ball", "blue hat", "golden key", "wooden boat", "warm scarf", "shiny bell", "old book", "round stone", "little lamp", "yellow kite", "silver spoon", "green cup"];
    private static readonly string[] Hidden = ["under the bed", "behind the barn", "in the tall grass", "at the bottom of the well", "under a big tree", "in the hay", "on the roof", "beside the pond", "in an old box", "between two stones"];
    private static readonly string[] Weathers = ["One sunny morning", "One rainy day", "On a cold winter day", "One warm evening", "Early in spring", "One windy afternoon", "Late in summer"];
    private static readonly string[] Foods = ["bread", "apples", "warm soup", "berries", "corn", "cake", "cheese", "carrots"];
    private static readonly string[] Lessons = ["it is good to help a friend", "it is better to ask than to cry", "small friends can do great things", "sharing makes everyone glad", "it pays to look twice", "being brave does not mean being loud", "a kind word costs nothing"];

    /// <summary>A story, about an animal of choice if one is given.</summary>
    public static string Draw(Dice dice, string? about = null) => about is not null || dice.Chance(50) ? OfAnimal(dice, about ?? dice.Of(Animals)) : OfChild(dice);

    public static string Animal(Dice dice) => dice.Of(Animals);

    private static string OfAnimal(Dice dice, string animal)
    {
        string adjective = dice.Of(Adjectives), friend = dice.Of(Animals), thing = dice.Of(Things), place = dice.Of(Places), hidden = dice.Of(Hidden), food = dice.Of(Foods);
        while (friend == animal) friend = dice.Of(Animals);
        string a = Questions.Article(adjective), f = Questions.Article(friend);
        string opening = dice.Of((string[])[$"Once upon a time there was {a} {adjective} {animal}.", $"There once was {a} {adjective} {animal}.", $"{Questions.Upper(a)} {adjective} {animal} lived at {place}."]);
        if (!opening.Contains(place)) opening += dice.Of((string[])[$" It lived at {place}.", $" Its home was at {place}."]);
        string wish = dice.Of((string[])[$" The {animal} had a {thing} and loved it very much.", $" Every day the {animal} played with a {thing}.", $" The best thing that the {animal} had was a {thing}."]);
        string problem = $" {dice.Of(Weathers)} the {thing} was gone." + dice.Of((string[])[$" The {animal} looked everywhere, but it could not find it.", $" The {animal} was very sad.", $" \"Where is my {thing}?\" cried the {animal}."]);
        string help = dice.Of((string[])[$" Then {f} {friend} came by.", $" {Questions.Upper(f)} {friend} heard this.", $" Soon {f} {friend} came along the road."])
            + dice.Of((string[])[" \"Do not cry,\" it said. \"I will help you.\"", " \"Let us look together,\" it said.", " \"What is wrong?\" it asked. \"We will find it,\" it said then."]);
        string end = $" They looked {dice.Of((string[])["for a long time", "all day", "here and there", "until the sun went down"])}, and at last they found the {thing} {hidden}."
            + dice.Of((string[])[$" The {animal} was so glad that it danced.", $" \"Thank you!\" said the {animal}.", $" The {animal} and the {friend} laughed."])
            + dice.Of((string[])[$" They ate {food} together and became good friends.", $" Then they shared some {food}.", $" From that day on they were friends."])
            + (dice.Chance(50) ? $" The {animal} had learned that {dice.Of(Lessons)}." : "");
        return opening + wish + problem + help + end;
    }

    private static string OfChild(Dice dice)
    {
        (string name, string he, string his, string him) = dice.Of(Children);
        string animal = dice.Of(Animals), adjective = dice.Of(Adjectives), thing = dice.Of(Things), place = dice.Of(Places), hidden = dice.Of(Hidden), food = dice.Of(Foods);
        string who = dice.Of((string[])["mother", "father", "grandmother", "grandfather"]), up = Questions.Upper(he);
        string opening = dice.Of((string[])[$"{name} lived at {place}.", $"There was once a child named {name} who lived at {place}.", $"{name} and {his} {who} lived at {place}."]);
        return dice.Below(3) switch
        {
            0 => $"{opening} {dice.Of(Weathers)} {he} went out to play with {his} {thing}. {up} saw {Questions.Article(adjective)} {adjective} {animal} that was lost. \"Poor {animal},\" said {name}. "
                + $"{up} gave it some {food} and took it home. \"May it stay?\" {he} asked {his} {who}. {Questions.Upper(his)} {who} smiled and said yes. That night the {animal} slept beside {his} bed, and {name} was very happy.",
            1 => $"{opening} {dice.Of(Weathers)} {his} {who} asked {him} to bring {food} to a friend. The way was long. On the road {he} met {Questions.Article(adjective)} {adjective} {animal}. \"I am so hungry,\" said the {animal}. "
                + $"{name} thought for a while and gave it half of the {food}. When {he} came home, {he} told {his} {who} what {he} had done. \"You did well,\" said {his} {who}, \"for {dice.Of(Lessons)}.\"",
            _ => $"{opening} {up} wanted to have a {thing}, but there was no money for it. So {name} helped a neighbour to look after {Questions.Article(animal)} {animal}. Every day {he} brought it {food} and water. "
                + $"{dice.Of(Weathers)} the {animal} ran away. {name} looked for it everywhere and found it {hidden}. The neighbour was so glad that {name} got a {thing}. {up} ran home and showed it to {his} {who}.",
        };
    }
}
