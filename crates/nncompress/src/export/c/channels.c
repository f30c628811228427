/* The bias and factor of each output; one factor for all if the stride is 0. */
typedef struct {
    const int32_t *biases;
    const int32_t *mantissas;
    const int8_t *exponents;
    int32_t stride;
    ending end;
} channels;

static int8_t channel_code(const channels *c, int32_t output, int32_t sum)
{
    int32_t factor = output * c->stride;
    return code_of(scale(sum + c->biases[output], c->mantissas[factor], c->exponents[factor]), &c->end);
}
