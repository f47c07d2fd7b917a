using System.Text.Json;

namespace Candor.Training.Tests.Golden;

/// <summary>Learning rates step by step against transformers.</summary>
public class ScheduleTests
{
    [Theory]
    [InlineData("constant_with_warmup", RateSchedule.Constant, 5, 0)]
    [InlineData("linear", RateSchedule.Linear, 5, 0)]
    [InlineData("cosine", RateSchedule.Cosine, 5, 0)]
    [InlineData("cosine_no_warmup", RateSchedule.Cosine, 0, 0)]
    [InlineData("cosine_min_lr_rate_0_1", RateSchedule.Cosine, 5, 0.1)]
    [InlineData("wsd_linear", RateSchedule.Wsd, 5, 0)]
    [InlineData("wsd_cosine", RateSchedule.WsdCosine, 5, 0)]
    [InlineData("wsd_1_sqrt", RateSchedule.WsdRoot, 5, 0.05)]
    [InlineData("cosine_restarts_3", RateSchedule.CosineRestarts, 5, 0, 1, 3)]
    [InlineData("inverse_sqrt", RateSchedule.InverseRoot, 5, 0)]
    [InlineData("polynomial_power_2_end_1e_3", RateSchedule.Polynomial, 5, 1e-3, 2)]
    public void FactorsMatch(string name, RateSchedule schedule, int warmUp, double least, double power = 1, int cycles = 1)
    {
        JsonElement json = Bases.Json("schedules.json"), factors = json.GetProperty("factors").GetProperty(name);
        var rate = new LearningRate { Schedule = schedule, Steps = json.GetProperty("training_steps").GetInt32(), WarmUp = warmUp, Decay = json.GetProperty("wsd_decay_steps").GetInt32(), Least = least, Power = power, Cycles = cycles };
        // Past its end the reference's cosine goes up again, which no run wants.
        for (int i = 0; i < rate.Steps; i++) Assert.Equal(factors[i].GetDouble(), rate.At(i), 1e-12);
        GoldenTable.Passed("training", "schedules", name);
    }
}
