/* x / 2^n, rounded down; the shift of a negative number is left to the compiler by C99. */
static int64_t shift_right(int64_t x, int32_t n)
{
    return x < 0 ? ~(~x >> n) : x >> n;
}

/* The number in two's complement. */
static int32_t from_bits(uint32_t x)
{
    return x <= 0x7FFFFFFFu ? (int32_t)x : -(int32_t)(0xFFFFFFFFu - x) - 1;
}

/* a * b / 2^31, rounded half up; never both -2^31. */
static int32_t high_product(int32_t a, int32_t b)
{
    return (int32_t)shift_right((int64_t)a * b + ((int64_t)1 << 30), 31);
}

/* x / 2^n for n in 0..31, rounded half away from zero. */
static int32_t divide(int32_t x, int32_t n)
{
    int32_t mask = (int32_t)(((uint32_t)1 << n) - 1u);
    int32_t threshold = (mask >> 1) + (x < 0);
    return (int32_t)shift_right(x, n) + ((x & mask) > threshold);
}

/* x * mantissa * 2^(exponent - 31), rounded twice as gemmlowp does; a left shift wraps. */
static int32_t scale(int32_t x, int32_t mantissa, int32_t exponent)
{
    int32_t left = exponent > 0 ? exponent : 0;
    int32_t right = exponent < 0 ? -exponent : 0;
    return divide(high_product(from_bits((uint32_t)x << left), mantissa), right);
}

/* What ends an operator: the zero point of the output, and the codes that its activation allows. */
typedef struct {
    int32_t zero_point, low, high;
} ending;

static int8_t clamped(int32_t code, const ending *end)
{
    code = code < end->low ? end->low : code;
    return (int8_t)(code > end->high ? end->high : code);
}

static int8_t code_of(int32_t steps, const ending *end)
{
    /* 512 steps saturate whatever the zero point is, and cannot overflow. */
    steps = steps < -512 ? -512 : steps > 512 ? 512 : steps;
    return clamped(steps + end->zero_point, end);
}
