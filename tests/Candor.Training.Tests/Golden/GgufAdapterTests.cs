using Candor.Models;

namespace Candor.Training.Tests.Golden;

/// <summary>Adapters as GGUF files: those of the pack read, and PEFT's written as such and read again.</summary>
public class GgufAdapterTests
{
    [Theory]
    [InlineData("lora")]
    [InlineData("rslora")]
    [InlineData("lora-pattern")]
    public void FilesOfThePackGiveTheLogits(string tag)
    {
        using var golden = new GoldenFile(Shared.RequireOracle("training", "gguf-lora", "logits.safetensors"));
        float[] expected = golden.Floats(tag + ".logits");
        TrainingBatch batch = TrainingBatch.OfDocuments([golden.Ints("input_ids")]);
        using ModelSource source = ModelSource.Open(Shared.RequireOracle("training", "gguf-lora", "llama-gqa-f32.gguf"));
        using (TrainingModel plain = AdapterFile.Model(source, null)) Close.Within(1e-4, golden.Floats("base_logits"), plain.Logits(batch), "base");
        using (TrainingModel adapted = AdapterFile.Model(source, AdapterFile.Read(Shared.RequireOracle("training", "gguf-lora", tag + ".gguf")))) Close.Within(1e-4, expected, adapted.Logits(batch), tag);

        // The same adapter from PEFT's folder, on either base, and written anew.
        foreach (string path in (string[])[source.Path, Shared.RequireOracle("arch", "llama-gqa")])
        {
            using ModelSource other = ModelSource.Open(path);
            using TrainingModel peft = AdapterFile.Model(other, AdapterFile.Read(Shared.RequireOracle("training", "adapters", tag, "end")));
            float[] beside = peft.Logits(batch);
            Close.Within(1e-4, expected, beside, $"{tag} from PEFT on {path}");
            using var folder = new TempFolder();
            GgufAdapter.Write(folder["ours.gguf"], peft, ModuleNames.GgufNaming(other)!, path);
            using TrainingModel ours = AdapterFile.Model(source, AdapterFile.Read(folder["ours.gguf"]));
            Close.Within(2e-5, beside, ours.Logits(batch), $"{tag} written anew");
        }

        GoldenTable.Passed("training", "gguf-lora", tag);
    }

    [Fact]
    public void FusedModulesGoThroughGguf()
    {
        using ModelSource source = ModelSource.Open(Shared.RequireOracle("arch", "falcon-7b"));
        using TrainingModel peft = AdapterFile.Model(source, AdapterFile.Read(Shared.RequireOracle("training", "adapters", "lora-falcon", "end")));
        TrainingBatch batch = TrainingBatch.OfDocuments([[3, 14, 15, 92, 65, 35]]);
        using var folder = new TempFolder();
        GgufAdapter.Write(folder["falcon.gguf"], peft, ModuleNames.GgufNaming(source)!, "falcon");
        using TrainingModel again = AdapterFile.Model(source, AdapterFile.Read(folder["falcon.gguf"]));
        float[] expected = peft.Logits(batch);
        Close.Within(2e-5, expected, again.Logits(batch), "falcon");
        using TrainingModel plain = AdapterFile.Model(source, null);
        Assert.True(plain.Logits(batch).Zip(expected, (a, b) => Math.Abs(a - b)).Max() > 1e-2);
    }

    [Fact]
    public void AdaptersOfOtherModelsAreRefused()
    {
        using ModelSource source = ModelSource.Open(Shared.RequireOracle("arch", "falcon-7b"));
        Assert.Throws<TrainingException>(() => AdapterFile.Model(source, AdapterFile.Read(Shared.RequireOracle("training", "gguf-lora", "lora.gguf"))));
        Assert.Throws<TrainingException>(() => AdapterFile.Model(source, AdapterFile.Read(Shared.RequireOracle("training", "adapters", "lora", "end"))));
        Assert.Throws<TrainingException>(() => AdapterFile.Read(Shared.RequireOracle("training", "gguf-lora", "llama-gqa-f32.gguf")));
    }
}
