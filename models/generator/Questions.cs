namespace Candor.Generator;

/// <summary>A question with its answer.</summary>
/// <param name="Topic">What it is about.</param>
/// <param name="Question">The question.</param>
/// <param name="Answer">The answer.</param>
/// <param name="Key">What a right answer contains.</param>
/// <param name="Held">What must be kept apart for a fair check: a sum, or a question word for word.</param>
internal sealed record Exchange(string Topic, string Question, string Answer, string Key, string Held);

/// <summary>Questions about small facts, sums, days and the model itself, in several wordings.</summary>
internal static class Questions
{
    private static readonly string[] People = ["Tom", "Anna", "Ben", "Lily", "Max", "Rosa", "Sam", "Mia", "Leo", "Ida", "Paul", "Nora"];

    public static Exchange Draw(Dice dice) => dice.Below(16) switch
    {
        0 or 1 => Capital(dice),
        2 or 3 or 4 => Sum(dice),
        5 => Opposite(dice),
        6 => Plural(dice),
        7 => Day(dice),
        8 => Animal(dice),
        9 => Definition(dice),
        10 => Json(dice, People, 80),
        11 => Unknown(dice),
        12 => Colour(dice),
        13 or 14 => Self(dice),
        _ => Greeting(dice),
    };

    private static Exchange Make(string topic, string question, string answer, string key, string? held = null) => new(topic, question, answer, key, held ?? question);

    private static Exchange Capital(Dice dice)
    {
        (string country, string city) = dice.Of(Facts.Capitals);
        string question = dice.Of((string[])[$"What is the capital of {country}?", $"Tell me the capital of {country}.", $"Which city is the capital of {country}?", $"Name the capital of {country}.", $"What's {country}'s capital city?", $"I forgot the capital of {country}. What is it?"]);
        return Make("capitals", question, $"The capital of {country} is {city}.", city);
    }

    private static Exchange Sum(Dice dice)
    {
        int kind = dice.Below(3), a, b, result;
        string sign;
        switch (kind)
        {
            case 0:
                (a, b) = dice.Chance(70) ? (dice.Below(21), dice.Below(21)) : (dice.Below(90), dice.Below(10));
                (result, sign) = (a + b, "+");
                break;
            case 1:
                (a, b) = (dice.Below(21), dice.Below(21));
                if (a < b) (a, b) = (b, a);
                (result, sign) = (a - b, "-");
                break;
            default:
                (a, b) = (dice.Below(11), dice.Below(11));
                (result, sign) = (a * b, "x");
                break;
        }

        return Sum(dice, a, b, sign, result);
    }

    internal static Exchange Sum(Dice dice, int a, int b, string sign, int result)
    {
        string word = sign switch { "+" => "plus", "-" => "minus", _ => "times" };
        string question = dice.Of((string[])[$"What is {a} {sign} {b}?", $"How much is {a} {word} {b}?", $"{a} {sign} {b} =", $"Calculate {a} {sign} {b}.", $"What is {a} {word} {b}?"]);
        return Make("sums", question, $"{a} {sign} {b} = {result}", $"= {result}", $"{a} {sign} {b}");
    }

    private static Exchange Opposite(Dice dice)
    {
        (string one, string other) = dice.Of(Facts.Opposites);
        string question = dice.Of((string[])[$"What is the opposite of {one}?", $"Tell me the opposite of \"{one}\".", $"Which word is the opposite of {one}?"]);
        return Make("opposites", question, $"The opposite of {one} is {other}.", other);
    }

    private static Exchange Plural(Dice dice)
    {
        (string one, string many) = dice.Of(Facts.Plurals);
        string question = dice.Of((string[])[$"What is the plural of {one}?", $"Tell me the plural of \"{one}\".", $"One {one}, two ... what?"]);
        return Make("plurals", question, $"One {one}, two {many}.", $"two {many}");
    }

    private static Exchange Day(Dice dice)
    {
        if (dice.Chance(50))
        {
            int d = dice.Below(7);
            return dice.Chance(50)
                ? Make("days", dice.Of((string[])[$"What day comes after {Facts.Days[d]}?", $"Which day follows {Facts.Days[d]}?", $"If today is {Facts.Days[d]}, what day is tomorrow?"]), $"After {Facts.Days[d]} comes {Facts.Days[(d + 1) % 7]}.", Facts.Days[(d + 1) % 7])
                : Make("days", dice.Of((string[])[$"What day comes before {Facts.Days[d]}?", $"If today is {Facts.Days[d]}, what day was yesterday?"]), $"Before {Facts.Days[d]} comes {Facts.Days[(d + 6) % 7]}.", Facts.Days[(d + 6) % 7]);
        }

        int m = dice.Below(12);
        return dice.Chance(50)
            ? Make("months", dice.Of((string[])[$"What month comes after {Facts.Months[m]}?", $"Which month follows {Facts.Months[m]}?"]), $"After {Facts.Months[m]} comes {Facts.Months[(m + 1) % 12]}.", Facts.Months[(m + 1) % 12])
            : Make("months", dice.Of((string[])[$"Which month is number {m + 1} of the year?", $"What is month number {m + 1}?"]), $"Month number {m + 1} is {Facts.Months[m]}.", Facts.Months[m]);
    }

    private static Exchange Animal(Dice dice)
    {
        (string animal, string kind, string food, string home, string sound) = dice.Of(Facts.Animals);
        string a = Article(animal);
        return dice.Below(4) switch
        {
            0 => Make("animals", dice.Of((string[])[$"What does {a} {animal} eat?", $"What do you feed {a} {animal}?"]), $"{Upper(a)} {animal} eats {food}.", food),
            1 => Make("animals", dice.Of((string[])[$"What kind of animal is {a} {animal}?", $"Is {a} {animal} a bird, a mammal or something else?"]), $"{Upper(a)} {animal} is {Article(kind)} {kind}.", kind),
            2 => Make("animals", dice.Of((string[])[$"Where does {a} {animal} live?", $"Where can I find {a} {animal}?"]), $"{Upper(a)} {animal} lives in a {home}.", home),
            _ => Make("animals", dice.Of((string[])[$"What sound does {a} {animal} make?", $"What does {a} {animal} do when it calls?"]), $"{Upper(a)} {animal} {sound}.", sound),
        };
    }

    private static Exchange Definition(Dice dice)
    {
        (string word, string meaning) = dice.Of(Facts.Definitions);
        string a = word is "winter" or "summer" or "breakfast" or "dinner" ? "" : Article(word) + " ";
        string question = dice.Of((string[])[$"What is {a}{word}?", $"What does the word \"{word}\" mean?", $"Explain the word {word}.", $"Define {word}."]);
        string name = a.Length == 0 ? Upper(word) : Upper(a) + word;
        return Make("definitions", question, $"{name} is {meaning}.", meaning);
    }

    internal static Exchange Json(Dice dice, string[] people, int ages)
    {
        string name = dice.Of(people);
        int age = 3 + dice.Below(ages);
        string text = dice.Of((string[])[$"{name} is {age} years old.", $"My friend {name} is {age}.", $"Meet {name}, who is {age} years old."]);
        string question = dice.Of((string[])[$"Extract the name and age as JSON: {text}", $"Give me name and age as JSON. {text}"]);
        string answer = $"{{\"name\": \"{name}\", \"age\": {age}}}";
        return Make("json", question, answer, answer, $"{name} {age}");
    }

    private static Exchange Unknown(Dice dice)
    {
        string question = dice.Of((string[])[
            "What is the weather today?", "What time is it?", "What is my name?", "How old am I?", "Where do I live?", "Who won the game last night?", $"What did {dice.Of(People)} eat this morning?", "What am I thinking of?", "What will the weather be tomorrow?",
            $"What is the capital of {dice.Of((string[])["Zembla", "Nordania", "Quorland", "Blefusia", "Tarvonia", "Murkistan"])}?", $"What is {dice.Of(People)}'s phone number?"]);
        string answer = dice.Of((string[])["I don't know that.", "I don't know. I cannot look it up.", "I don't know, and I do not want to guess."]);
        return Make("unknown", question, answer, "I don't know");
    }

    private static Exchange Colour(Dice dice)
    {
        (string thing, string colour) = dice.Of(Facts.Colours);
        return Make("colours", dice.Of((string[])[$"What colour is {thing}?", $"Which colour does {thing} have?", $"Tell me the colour of {thing}."]), $"{Upper(thing)} is {colour}.", colour);
    }

    private static Exchange Self(Dice dice) => dice.Below(7) switch
    {
        0 => Make("self", dice.Of((string[])["Who are you?", "What are you?", "What is your name?", "Introduce yourself."]), "I am Candor's small model, a language model that was trained from scratch with Candor.", "Candor"),
        1 => Make("self", dice.Of((string[])["What is Candor?", "Tell me about Candor.", "What does Candor do?"]), "Candor is a .NET toolkit for open language models. With it you can run, inspect, train and measure them on an ordinary machine.", ".NET"),
        2 => Make("self", dice.Of((string[])["Does Candor need Python?", "Do I need Python for Candor?"]), "No. Candor needs only .NET, no Python.", "No"),
        3 => Make("self", dice.Of((string[])["Does Candor need a GPU?", "Do I need a GPU?"]), "No. Candor runs on an ordinary processor.", "No"),
        4 => Make("self", dice.Of((string[])["How do I train a model with Candor?", "Can Candor train models?"]), "Yes: write a recipe and run candor train with it.", "candor train"),
        5 => Make("self", dice.Of((string[])["Are you a large model?", "How big are you?", "Are you smart?"]), "No, I am very small: a few million numbers. I know simple things only.", "small"),
        _ => Make("self", dice.Of((string[])["What can you do?", "How can you help me?", "What do you know?"]), "I can tell short stories, add small numbers, name capitals and explain simple words.", "stories"),
    };

    private static Exchange Greeting(Dice dice) => dice.Below(4) switch
    {
        0 => Make("greetings", dice.Of((string[])["Hello!", "Hi!", "Hello", "Hi there", "Good morning!", "Hey"]), "Hello! How can I help you?", "Hello"),
        1 => Make("greetings", dice.Of((string[])["How are you?", "How are you today?"]), "I am a program, so I am always the same. How can I help you?", "help"),
        2 => Make("greetings", dice.Of((string[])["Thank you!", "Thanks!", "Thank you very much."]), "You are welcome!", "welcome"),
        _ => Make("greetings", dice.Of((string[])["Goodbye!", "Bye!", "See you later."]), "Goodbye!", "Goodbye"),
    };

    internal static string Article(string word) => "aeiou".Contains(word[0]) ? "an" : "a";

    internal static string Upper(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
