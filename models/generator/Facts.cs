namespace Candor.Generator;

/// <summary>Small true facts.</summary>
internal static class Facts
{
    public static readonly (string Country, string City)[] Capitals = [.. Pairs(
        "France Paris, Germany Berlin, Italy Rome, Spain Madrid, Portugal Lisbon, Austria Vienna, Poland Warsaw, Hungary Budapest, Greece Athens, Norway Oslo, Sweden Stockholm, Finland Helsinki, Denmark Copenhagen, Iceland Reykjavik, Ireland Dublin, Belgium Brussels, Switzerland Bern, Romania Bucharest, Bulgaria Sofia, Croatia Zagreb, Serbia Belgrade, Ukraine Kyiv, Estonia Tallinn, Latvia Riga, Lithuania Vilnius, Slovakia Bratislava, Slovenia Ljubljana, Turkey Ankara, Egypt Cairo, Kenya Nairobi, Ghana Accra, Morocco Rabat, Tunisia Tunis, Algeria Algiers, Senegal Dakar, Uganda Kampala, Zambia Lusaka, Namibia Windhoek, Japan Tokyo, China Beijing, Thailand Bangkok, Vietnam Hanoi, Indonesia Jakarta, Mongolia Ulaanbaatar, Nepal Kathmandu, Iran Tehran, Iraq Baghdad, Jordan Amman, Lebanon Beirut, Qatar Doha, Oman Muscat, Canada Ottawa, Cuba Havana, Jamaica Kingston, Peru Lima, Chile Santiago, Colombia Bogota, Ecuador Quito, Uruguay Montevideo, Paraguay Asuncion, Venezuela Caracas, Australia Canberra")];

    public static readonly (string Animal, string Kind, string Food, string Home, string Sound)[] Animals =
    [
        ("hen", "bird", "grain", "farm", "clucks"), ("cow", "mammal", "grass", "farm", "moos"), ("dog", "mammal", "meat", "house", "barks"), ("cat", "mammal", "mice", "house", "meows"),
        ("duck", "bird", "water plants", "pond", "quacks"), ("sheep", "mammal", "grass", "meadow", "bleats"), ("horse", "mammal", "hay", "stable", "neighs"), ("owl", "bird", "mice", "forest", "hoots"),
        ("bee", "insect", "nectar", "hive", "buzzes"), ("frog", "amphibian", "flies", "pond", "croaks"), ("lion", "mammal", "meat", "savanna", "roars"), ("wolf", "mammal", "meat", "forest", "howls"),
        ("pig", "mammal", "corn", "farm", "grunts"), ("snake", "reptile", "mice", "grass", "hisses"), ("mouse", "mammal", "seeds", "hole", "squeaks"), ("crow", "bird", "seeds", "tree", "caws"),
    ];

    public static readonly (string One, string Other)[] Opposites = [.. Pairs(
        "hot cold, big small, tall short, fast slow, old new, happy sad, light dark, wet dry, open closed, full empty, hard soft, high low, early late, rich poor, strong weak, loud quiet, clean dirty, near far, thick thin, wide narrow, good bad, right wrong, young old, heavy light, sweet sour, up down, left right, day night, begin end, buy sell")];

    public static readonly (string One, string Many)[] Plurals = [.. Pairs(
        "hen hens, egg eggs, box boxes, child children, mouse mice, foot feet, tooth teeth, man men, woman women, leaf leaves, knife knives, wolf wolves, sheep sheep, fish fish, baby babies, city cities, bus buses, dish dishes, goose geese, story stories, day days, tree trees, book books, house houses, star stars, apple apples, dog dogs, cat cats, berry berries, glass glasses")];

    public static readonly (string Word, string Meaning)[] Definitions =
    [
        ("farmer", "a person who grows food and keeps animals"), ("baker", "a person who makes bread"), ("teacher", "a person who helps others to learn"), ("doctor", "a person who helps sick people"),
        ("river", "a long stream of water that flows to the sea"), ("mountain", "a very high hill"), ("island", "a piece of land with water all around it"), ("forest", "a place with many trees"),
        ("winter", "the coldest season of the year"), ("summer", "the warmest season of the year"), ("breakfast", "the first meal of the day"), ("dinner", "the main meal of the day"),
        ("clock", "a thing that shows the time"), ("map", "a picture of a place from above"), ("key", "a thing that opens a lock"), ("bridge", "a way over a river or a road"),
        ("token", "a small piece of text that a language model reads"), ("vocabulary", "the list of all tokens that a model knows"), ("weight", "a number in a model that was learned from data"),
        ("language model", "a program that foretells the next piece of a text"), ("open model", "a model whose weights anyone may get, run and look into"), ("licence", "a text that says what others may do with a work"),
        ("tokenizer", "the part that cuts a text into tokens"), ("prompt", "the text that you give to a model"), ("bias", "a leaning of a model to one side that is not fair"),
    ];

    public static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    public static readonly string[] Months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    public static readonly (string Thing, string Colour)[] Colours = [.. Pairs("grass green, snow white, coal black, blood red, lemon yellow, sky blue, milk white, leaf green, tomato red, night black")];

    private static IEnumerable<(string, string)> Pairs(string list) => list.Split(", ").Select(p => (p[..p.LastIndexOf(' ')], p[(p.LastIndexOf(' ') + 1)..]));
}
