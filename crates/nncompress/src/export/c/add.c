/* Two tensors that broadcast: the dimensions of the output, and how far its steps go in each input. */
typedef struct {
    int32_t count, dims[6], strides[2][6], zero_points[2];
    int32_t mantissas[3], exponents[3];
    ending end;
} pair;

/* a + b or a - b: both brought to a common scale with 20 more bits. */
static void add(const int8_t *a, const int8_t *b, int8_t *y, const pair *p, int subtract)
{
    walk i = {{0}, 0}, j = {{0}, 0};
    int32_t k;
    for (k = 0; k < p->count; k++) {
        int32_t u = (a[i.offset] - p->zero_points[0]) * (1 << 20);
        int32_t v = (b[j.offset] - p->zero_points[1]) * (1 << 20);
        u = scale(u, p->mantissas[0], p->exponents[0]);
        v = scale(v, p->mantissas[1], p->exponents[1]);
        u = from_bits(subtract ? (uint32_t)u - (uint32_t)v : (uint32_t)u + (uint32_t)v);
        y[k] = code_of(scale(u, p->mantissas[2], p->exponents[2]), &p->end);
        advance(&i, p->dims, p->strides[0]);
        advance(&j, p->dims, p->strides[1]);
    }
}
