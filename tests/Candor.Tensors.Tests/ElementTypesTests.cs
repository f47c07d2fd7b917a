using Candor.Tensors;

namespace Candor.Tensors.Tests;

public class ElementTypesTests
{
    [Fact]
    public void EveryTypeHasABlock()
    {
        foreach (ElementType type in Enum.GetValues<ElementType>())
        {
            Assert.True(ElementTypes.IsKnown(type), type.ToString());
            Assert.Equal(type.BlockBytes() * 3L, type.RowBytes(type.BlockElements() * 3L));
        }
    }

    [Fact]
    public void APartialBlockIsRefused() => Assert.Throws<ArgumentException>(() => ElementType.Q4_K.RowBytes(255));

    [Fact]
    public void AnUnknownTypeIsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => ((ElementType)4).BlockBytes());
}
