using System.Text.Json;
using Parquet.Serialization;

namespace Candor.Training.Tests.Data;

/// <summary>Tables as training data.</summary>
public sealed class TableFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void CellsMayHoldSeparatorsQuotationMarksAndLines()
    {
        folder.Write("a.csv", "prompt,completion\n\"Say \"\"hi\"\", twice\",\"Hi,\nhi\"\nplain,text\n");
        DataEntry[] rows = [.. DataFile.Entries(folder["a.csv"])];
        Assert.Equal(["Say \"hi\", twice", "plain"], rows.Select(r => r.Json!.Value.GetProperty("prompt").GetString()));
        Assert.Equal(["Hi,\nhi", "text"], rows.Select(r => r.Json!.Value.GetProperty("completion").GetString()));
        Assert.Equal($"{folder["a.csv"]}, row 2", rows[1].Place);
    }

    [Fact]
    public void TabsSeparateInTsvAndJsonInCellsIsRead()
    {
        folder.Write("a.tsv", "messages\tlabel\n[{\"role\": \"user\", \"content\": \"a\"}]\tTrue\n[not json\tfalse\n");
        DataEntry[] rows = [.. DataFile.Entries(folder["a.tsv"])];
        Assert.Equal("a", rows[0].Json!.Value.GetProperty("messages")[0].GetProperty("content").GetString());
        Assert.Equal(JsonValueKind.True, rows[0].Json!.Value.GetProperty("label").ValueKind);
        Assert.Equal("[not json", rows[1].Json!.Value.GetProperty("messages").GetString());
    }

    [Theory]
    [InlineData("text,more\na\n", "row 1")]
    [InlineData("text,more\na,b\na,b,c\n", "row 2")]
    [InlineData("text\n\"never closed\n", "row 1")]
    public void DamagedTablesAreRefusedByTheirRow(string content, string place)
    {
        folder.Write("a.csv", content);
        Assert.Contains(place, Assert.Throws<TrainingException>(() => DataFile.Entries(folder["a.csv"]).ToArray()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ParquetHasTextsAndNestedColumns()
    {
        Row[] rows =
        [
            new() { Text = "one", Number = 1, Share = 2.5, Messages = [new() { Role = "user", Content = "hello" }, new() { Role = "assistant", Content = "hi" }], Tags = ["x", "y"], Meta = new() { Name = "q", Flag = true } },
            new() { Text = "two", Number = 2, Messages = [], Lists = [["a"], [], ["b", "c"]] },
            new() { Number = 3, Share = double.NaN, Messages = [new() { Content = "c" }], Tags = [], Meta = new() },
            new() { Text = "[1, 2]", Number = 4, Lists = [] },
        ];
        await ParquetSerializer.SerializeAsync(rows, folder["a.parquet"], new Parquet.ParquetOptions { RowGroupSize = 3 }, cancellationToken: TestContext.Current.CancellationToken);
        string[] read = [.. DataFile.Entries(folder["a.parquet"]).Select(e => e.Json!.Value.GetRawText())];
        Assert.Equal(
            [
                """{"Text":"one","Number":1,"Share":2.5,"Messages":[{"Role":"user","Content":"hello"},{"Role":"assistant","Content":"hi"}],"Tags":["x","y"],"Lists":null,"Meta":{"Name":"q","Flag":true}}""",
                """{"Text":"two","Number":2,"Share":null,"Messages":[],"Tags":null,"Lists":[["a"],[],["b","c"]],"Meta":null}""",
                """{"Text":null,"Number":3,"Share":null,"Messages":[{"Role":null,"Content":"c"}],"Tags":[],"Lists":null,"Meta":{"Name":null,"Flag":false}}""",
                """{"Text":[1,2],"Number":4,"Share":null,"Messages":null,"Tags":null,"Lists":[],"Meta":null}""",
            ],
            read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PAR1")]
    [InlineData("PAR1 this is nothing that a reader could make sense of PAR1")]
    public void WhatIsNoParquetIsRefused(string content)
    {
        folder.Write("a.parquet", content);
        Assert.Contains("no Parquet file", Assert.Throws<TrainingException>(() => DataFile.Entries(folder["a.parquet"]).ToArray()).Message, StringComparison.Ordinal);
    }

    private sealed class Row
    {
        public string? Text { get; set; }

        public int Number { get; set; }

        public double? Share { get; set; }

        public List<Message>? Messages { get; set; }

        public List<string>? Tags { get; set; }

        public List<List<string>>? Lists { get; set; }

        public Group? Meta { get; set; }
    }

    private sealed class Message
    {
        public string? Role { get; set; }

        public string? Content { get; set; }
    }

    private sealed class Group
    {
        public string? Name { get; set; }

        public bool Flag { get; set; }
    }
}
