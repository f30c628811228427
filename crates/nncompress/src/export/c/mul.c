/* Two tensors that broadcast: the dimensions of the output, and how far its steps go in each input. */
typedef struct {
    int32_t count, dims[6], strides[2][6], zero_points[2];
    int32_t mantissa, exponent;
    ending end;
} factors;

/* a * b. */
static void mul(const int8_t *a, const int8_t *b, int8_t *y, const factors *p)
{
    walk i = {{0}, 0}, j = {{0}, 0};
    int32_t k;
    for (k = 0; k < p->count; k++) {
        int32_t product = (a[i.offset] - p->zero_points[0]) * (b[j.offset] - p->zero_points[1]);
        y[k] = code_of(scale(product, p->mantissa, p->exponent), &p->end);
        advance(&i, p->dims, p->strides[0]);
        advance(&j, p->dims, p->strides[1]);
    }
}
