/* Weights, one row of `count` for each output: bytes, or packed indices into a table of values. */
typedef struct {
    const @WEIGHT@ *values;
    const uint8_t *codes;
    uint32_t bits;
} @weights@;

/* The weights of an output; those that are packed are put into `room`. */
static const @WEIGHT@ *@weights_of@(const @weights@ *w, int32_t output, int32_t count, @WEIGHT@ *room)
{
    uint32_t mask = ((uint32_t)1 << w->bits) - 1u;
    uint32_t at = (uint32_t)output * (uint32_t)count * w->bits;
    int32_t i;
    if (w->bits == 0)
        return w->values + output * count;
    for (i = 0; i < count; i++, at += w->bits) {
        /* A code of up to 8 bits lies in two bytes; one more byte ends the array. */
        uint32_t pair = w->codes[at >> 3] | (uint32_t)w->codes[(at >> 3) + 1] << 8;
        room[i] = w->values[pair >> (at & 7) & mask];
    }
    return room;
}
