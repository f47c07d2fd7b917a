namespace Candor.Tensors;

/// <summary>
/// How the elements of a tensor are stored. Values below 1000 are the type numbers of the GGUF format (ggml);
/// those from 1000 on exist in safetensors only.
/// </summary>
public enum ElementType
{
    /// <summary>IEEE 754 single precision.</summary>
    F32 = 0,
    /// <summary>IEEE 754 half precision.</summary>
    F16 = 1,
    /// <summary>4-bit, blocks of 32 with a half scale.</summary>
    Q4_0 = 2,
    /// <summary>4-bit, blocks of 32 with a half scale and a half minimum.</summary>
    Q4_1 = 3,
    /// <summary>5-bit, blocks of 32 with a half scale.</summary>
    Q5_0 = 6,
    /// <summary>5-bit, blocks of 32 with a half scale and a half minimum.</summary>
    Q5_1 = 7,
    /// <summary>8-bit, blocks of 32 with a half scale.</summary>
    Q8_0 = 8,
    /// <summary>8-bit activations, blocks of 32 with a scale and a sum.</summary>
    Q8_1 = 9,
    /// <summary>2-bit super-blocks of 256.</summary>
    Q2_K = 10,
    /// <summary>3-bit super-blocks of 256.</summary>
    Q3_K = 11,
    /// <summary>4-bit super-blocks of 256.</summary>
    Q4_K = 12,
    /// <summary>5-bit super-blocks of 256.</summary>
    Q5_K = 13,
    /// <summary>6-bit super-blocks of 256.</summary>
    Q6_K = 14,
    /// <summary>8-bit super-blocks of 256 with a float scale and block sums.</summary>
    Q8_K = 15,
    /// <summary>About 2.06 bits: codebook of 256 entries.</summary>
    IQ2_XXS = 16,
    /// <summary>About 2.31 bits: codebook of 512 entries.</summary>
    IQ2_XS = 17,
    /// <summary>About 3.06 bits: codebook of 256 entries.</summary>
    IQ3_XXS = 18,
    /// <summary>About 1.56 bits: codebook of 2048 entries.</summary>
    IQ1_S = 19,
    /// <summary>4-bit non-linear, blocks of 32.</summary>
    IQ4_NL = 20,
    /// <summary>About 3.44 bits: codebook of 512 entries.</summary>
    IQ3_S = 21,
    /// <summary>About 2.5 bits: codebook of 1024 entries.</summary>
    IQ2_S = 22,
    /// <summary>4-bit non-linear, super-blocks of 256.</summary>
    IQ4_XS = 23,
    /// <summary>Signed 8-bit integer.</summary>
    I8 = 24,
    /// <summary>Signed 16-bit integer.</summary>
    I16 = 25,
    /// <summary>Signed 32-bit integer.</summary>
    I32 = 26,
    /// <summary>Signed 64-bit integer.</summary>
    I64 = 27,
    /// <summary>IEEE 754 double precision.</summary>
    F64 = 28,
    /// <summary>About 1.75 bits: codebook of 2048 entries.</summary>
    IQ1_M = 29,
    /// <summary>bfloat16: the upper half of a single.</summary>
    BF16 = 30,
    /// <summary>Ternary, 1.69 bits, super-blocks of 256.</summary>
    TQ1_0 = 34,
    /// <summary>Ternary, 2.06 bits, super-blocks of 256.</summary>
    TQ2_0 = 35,
    /// <summary>OCP microscaling FP4 (E2M1), blocks of 32 with an E8M0 scale.</summary>
    MXFP4 = 39,
    /// <summary>FP4 (E2M1), blocks of 64: four E4M3 scales of 16 elements each.</summary>
    NVFP4 = 40,
    /// <summary>1-bit, blocks of 128 with a half scale.</summary>
    Q1_0 = 41,
    /// <summary>2-bit, with a half scale.</summary>
    Q2_0 = 42,
    /// <summary>8-bit float, 4 exponent and 3 mantissa bits (no infinities).</summary>
    F8_E4M3 = 1000,
    /// <summary>8-bit float, 5 exponent and 2 mantissa bits.</summary>
    F8_E5M2 = 1001,
    /// <summary>Unsigned 8-bit integer.</summary>
    U8 = 1002,
    /// <summary>Unsigned 16-bit integer.</summary>
    U16 = 1003,
    /// <summary>Unsigned 32-bit integer.</summary>
    U32 = 1004,
    /// <summary>Unsigned 64-bit integer.</summary>
    U64 = 1005,
    /// <summary>A byte, 0 or 1.</summary>
    Bool = 1006,
    /// <summary>8 exponent bits: a power of two, the scale of microscaling formats.</summary>
    F8_E8M0 = 1007,
    /// <summary>8-bit float, 4 exponent and 3 mantissa bits, no negative zero.</summary>
    F8_E4M3FNUZ = 1008,
    /// <summary>8-bit float, 5 exponent and 2 mantissa bits, no infinities and no negative zero.</summary>
    F8_E5M2FNUZ = 1009,
    /// <summary>4-bit float (E2M1), two in a byte.</summary>
    F4 = 1010,
    /// <summary>6-bit float, 2 exponent and 3 mantissa bits, four in three bytes.</summary>
    F6_E2M3 = 1011,
    /// <summary>6-bit float, 3 exponent and 2 mantissa bits, four in three bytes.</summary>
    F6_E3M2 = 1012,
    /// <summary>A complex number of two singles.</summary>
    C64 = 1013,
}
