using System.Text;
using Candor.Formats;
using Candor.Models;
using Candor.Models.Conversion;

namespace Candor.Models.Tests.Fuzz;

/// <summary>Damaged configs, specs and GGUF files, opened as models: refused with the documented exception, or they run.</summary>
public class ModelFuzzTests
{
    private static readonly int[] Ids = [1, 2, 3];

    [Fact]
    public void Config()
    {
        using var folder = new TempFolder();
        SmallModel.WriteFolder(folder["model"]);
        byte[] config = File.ReadAllBytes(Path.Combine(folder["model"], "config.json"));
        Fuzzer("model-config", path =>
        {
            File.Copy(path, Path.Combine(folder["model"], "config.json"), true);
            Use(folder["model"]);
        }).Run(config, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(config).Replace("\"rope_theta\": 10000.0", "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 32}", StringComparison.Ordinal)));
    }

    [Fact]
    public void Spec()
    {
        using var folder = new TempFolder();
        SmallModel.WriteFolder(folder["model"]);
        string spec;
        using (ModelSource source = ModelSource.Open(folder["model"])) spec = ModelSpecJson.Write(source.Spec);
        File.Delete(Path.Combine(folder["model"], "config.json"));
        Fuzzer("model-spec", path =>
        {
            File.Copy(path, Path.Combine(folder["model"], "candor.json"), true);
            Use(Path.Combine(folder["model"], "candor.json"));
        }).Run(Encoding.UTF8.GetBytes(spec));
    }

    [Fact]
    public void Gguf()
    {
        using var folder = new TempFolder();
        SmallModel.WriteFolder(folder["model"]);
        // Only the head of the file is damaged, so that keys and shapes meet weights that are there.
        using (ModelSource source = ModelSource.Open(folder["model"])) ModelConverter.ToGguf(source, folder["model.gguf"]);
        byte[] whole = File.ReadAllBytes(folder["model.gguf"]);
        byte[] head = whole[..8000];
        Fuzzer("model-gguf", path =>
        {
            byte[] damaged = File.ReadAllBytes(path);
            byte[] file = (byte[])whole.Clone();
            damaged.AsSpan(0, Math.Min(damaged.Length, head.Length)).CopyTo(file);
            string name = folder[Guid.NewGuid().ToString("N") + ".gguf"];
            File.WriteAllBytes(name, file);
            try
            {
                Use(name);
            }
            finally
            {
                File.Delete(name);
            }
        }).Run(head);
    }

    private static Fuzzer Fuzzer(string name, Action<string> read) =>
        new("Candor.Models.Tests", name, read, e => e is ModelFormatException or ModelSpecException or ModelInputException, constantBytes: 4 << 20);

    private static void Use(string path)
    {
        ModelSource source = ModelSource.Open(path);
        using Plan plan = source.Compile(new PlanOptions { Threads = 1 });
        if (plan.Spec.VocabularySize < 4 || plan.Spec.ContextLength is > 0 and < 4) return;
        using SequenceState state = plan.CreateState();
        Golden.ArchGoldenTests.Forward(plan, state, Ids, BatchOutput.Last);
    }
}
