/* The mean over the reduced dimensions: the division lies in the factor. */
typedef struct {
    int32_t outputs, terms, kept[6], reduced[6], strides[6];
    int32_t zero_point, mantissa, exponent;
    ending end;
} reduction;

static void mean(const int8_t *x, int8_t *y, const reduction *r)
{
    walk i = {{0}, 0};
    int32_t k, l;
    for (k = 0; k < r->outputs; k++) {
        walk j = {{0}, 0};
        int32_t sum = 0;
        for (l = 0; l < r->terms; l++) {
            sum += x[i.offset + j.offset] - r->zero_point;
            advance(&j, r->reduced, r->strides);
        }
        y[k] = code_of(scale(sum, r->mantissa, r->exponent), &r->end);
        advance(&i, r->kept, r->strides);
    }
}
