namespace Candor.Training;

/// <summary>Objectives over pairs of a better and a worse answer.</summary>
public enum PreferenceKind
{
    /// <summary>DPO: −ln σ(β · margin), with the reference model's margin taken off (Rafailov et al., arXiv:2305.18290).</summary>
    Dpo,

    /// <summary>IPO: (margin per token − 1/2β)² (Azar et al., arXiv:2310.12036).</summary>
    Ipo,

    /// <summary>max(0, 1 − β · margin) (SLiC; Zhao et al., arXiv:2305.10425).</summary>
    Hinge,

    /// <summary>DPO by margins per token.</summary>
    DpoNormalized,

    /// <summary>DPO that expects a share of labels to be swapped and corrects for it (Chowdhury et al., arXiv:2403.00409).</summary>
    Robust,

    /// <summary>EXO: the reverse divergence of the pair's two choices (Ji et al., arXiv:2402.00856). Label smoothing must be above 0.</summary>
    Exo,

    /// <summary>NCA (Chen et al., arXiv:2402.05369).</summary>
    Nca,

    /// <summary>SPPO with hard labels (Wu et al., arXiv:2405.00675).</summary>
    Sppo,

    /// <summary>APO-zero: the better answer up, the worse one down (D'Oosterlinck et al., arXiv:2408.06266).</summary>
    ApoZero,

    /// <summary>APO-down: both down, the worse one further.</summary>
    ApoDown,

    /// <summary>CPO: DPO without a reference, and the better answer's likelihood (Xu et al., arXiv:2401.08417).</summary>
    Cpo,

    /// <summary>SimPO: mean ln p per token without a reference, with a margin to reach (Meng et al., arXiv:2405.14734).</summary>
    Simpo,

    /// <summary>ORPO: the odds of the better answer, and the likelihood of prompt and better answer (Hong et al., arXiv:2403.07691).</summary>
    Orpo,
}

/// <summary>Settings of an objective over pairs.</summary>
public sealed record PreferenceOptions
{
    /// <summary>The objective. Default DPO.</summary>
    public PreferenceKind Kind { get; set; }

    /// <summary>How strongly margins count. Default 0.1.</summary>
    public double Beta { get; set; } = 0.1;

    /// <summary>Share of pairs whose labels are taken to be swapped, 0 to below 0.5. Default 0.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>The margin that <see cref="PreferenceKind.Simpo"/> wants. It is not multiplied by beta. Default 0.5.</summary>
    public double Gamma { get; set; } = 0.5;

    /// <summary>Factor on the better answer's −ln p per token, for <see cref="PreferenceKind.Cpo"/> and <see cref="PreferenceKind.Simpo"/>. Default 0.</summary>
    public double LikelihoodWeight { get; set; }

    /// <summary>Whether the objective compares with a reference model.</summary>
    public bool NeedsReference => Kind is not (PreferenceKind.Cpo or PreferenceKind.Simpo or PreferenceKind.Orpo);
}
