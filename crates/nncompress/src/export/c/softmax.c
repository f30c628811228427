/* x * 2^n, saturating. */
static int32_t shift_left(int32_t x, int32_t n)
{
    int32_t limit = 0x7FFFFFFF >> n;
    if (x > limit)
        return 0x7FFFFFFF;
    return x < -limit ? -0x7FFFFFFF - 1 : x * ((int32_t)1 << n);
}

/* exp on [-1/4, 0), of 31 fraction bits: the Taylor polynomial of degree 4 around -1/8. */
static int32_t exp_on_quarter(int32_t a)
{
    int32_t x = a + (1 << 28);
    int32_t x2 = high_product(x, x), x3 = high_product(x2, x), x4 = high_product(x2, x2);
    int32_t tail = divide(high_product(divide(x4, 2) + x3, 715827883) + x2, 1);
    return 1895147668 + high_product(1895147668, x + tail);
}

/* exp of a number that is not positive, from 26 fraction bits to 31; 0 gives the largest value below 1. */
static int32_t exp_on_negative(int32_t a)
{
    static const int32_t powers[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    int32_t quarter = (int32_t)1 << 24;
    int32_t rest = (a & (quarter - 1)) - quarter;
    int32_t result, remainder = rest - a, i;
    if (a == 0)
        return 0x7FFFFFFF;
    result = exp_on_quarter(shift_left(rest, 5));
    for (i = 0; i < 7; i++)
        if ((uint32_t)remainder & ((uint32_t)quarter << i))
            result = high_product(result, powers[i]);
    return result;
}

/* 1 / (1 + a) for a in [0, 1), of 31 fraction bits: three Newton steps from 48/17 - 32/17 * (1 + a) / 2. */
static int32_t one_over_one_plus(int32_t a)
{
    int32_t half = (int32_t)(((int64_t)a + 0x7FFFFFFF + 1) / 2);
    int32_t x = 1515870810 + high_product(half, -1010580540), step;
    for (step = 0; step < 3; step++)
        x += shift_left(high_product(x, ((int32_t)1 << 29) - high_product(half, x)), 2);
    return shift_left(x, 1);
}

/* Softmax of rows; the output has scale 1/256 and zero point -128. */
static void softmax(const int8_t *x, int8_t *y, int32_t rows, int32_t length, int32_t mantissa, int32_t exponent,
                    int32_t lowest)
{
    int32_t k, n;
    for (n = 0; n < rows; n++, x += length, y += length) {
        int32_t largest = x[0], head = 0, reciprocal;
        uint32_t sum = 0;
        for (k = 1; k < length; k++)
            largest = x[k] > largest ? x[k] : largest;
        for (k = 0; k < length; k++)
            if (x[k] - largest >= lowest)
                sum += (uint32_t)divide(exp_on_negative(scale(x[k] - largest, mantissa, exponent)), 12);
        while (head < 31 && !(sum << head & 0x80000000u))
            head++;
        reciprocal = one_over_one_plus(from_bits((sum << head) - 0x80000000u));
        for (k = 0; k < length; k++) {
            int32_t steps = 0;
            if (x[k] - largest >= lowest) {
                steps = exp_on_negative(scale(x[k] - largest, mantissa, exponent));
                steps = high_product(reciprocal, steps);
                /* The largest term alone makes a sum of 2^19: 23..35, and below 2^31 / 2^32 nothing is left. */
                steps = 35 - head > 31 ? 0 : divide(steps, 35 - head);
            }
            steps -= 128;
            y[k] = (int8_t)(steps > 127 ? 127 : steps < -128 ? -128 : steps);
        }
    }
}
