using System.Globalization;

namespace Candor.Tokenizers.Tests.Templates;

/// <summary>A clock that stands still.</summary>
internal sealed class FixedClock(DateTime now) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public static FixedClock Parse(string text) => new(DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal));

    public override DateTimeOffset GetUtcNow() => new(now);
}
