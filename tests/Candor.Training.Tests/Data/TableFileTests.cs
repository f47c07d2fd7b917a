using System.Text.Json;
using Parquet.Schema;
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
    public async Task ParquetHasTextsAndNestedMessages()
    {
        var schema = new ParquetSchema(
            new DataField<string>("text"),
            new DataField<bool>("label"),
            new ListField("messages", new StructField("element", new DataField<string>("role"), new DataField<string>("content"))));
        Dictionary<string, object?> Row(string text, bool label, params string[] said) => new()
        {
            ["text"] = text, ["label"] = label,
            ["messages"] = said.Select((s, i) => new Dictionary<string, object?> { ["role"] = i % 2 == 0 ? "user" : "assistant", ["content"] = s }).ToList(),
        };
        await using (FileStream stream = File.Create(folder["a.parquet"]))
            await ParquetSerializer.SerializeUntypedAsync([Row("one", true, "hello", "hi"), Row("two", false, "bye")], schema, stream, cancellationToken: TestContext.Current.CancellationToken);
        DataEntry[] rows = [.. DataFile.Entries(folder["a.parquet"])];
        Assert.Equal(["one", "two"], rows.Select(r => r.Json!.Value.GetProperty("text").GetString()));
        Assert.True(rows[0].Json!.Value.GetProperty("label").GetBoolean());
        JsonElement said = rows[0].Json!.Value.GetProperty("messages");
        Assert.Equal(["user:hello", "assistant:hi"], said.EnumerateArray().Select(m => $"{m.GetProperty("role").GetString()}:{m.GetProperty("content").GetString()}"));
        Assert.Equal(1, rows[1].Json!.Value.GetProperty("messages").GetArrayLength());
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
}
