using Candor.Formats;

namespace Candor.Models.Families;

/// <summary>Counts that are used to build lists, checked before they are.</summary>
internal static class Checked
{
    private const int MaxLayers = 10_000;

    /// <summary>A number of layers from config.json.</summary>
    public static int Layers(ConfigJson config, int layers, string key = "num_hidden_layers") =>
        layers is >= 1 and <= MaxLayers ? layers : throw config.Fault(key, $"is {layers}; 1 to {MaxLayers} is possible");
}
