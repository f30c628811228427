/* Depthwise convolution: output i * m + j sees input i. The weights of an output are neighbours. */
static void @depthwise@(const int8_t *x, int8_t *y, const images *s, int32_t zero_point,
                        const @weights@ *w, const channels *c, @WEIGHT@ *room)
{
    int32_t multiplier = s->outputs / s->inputs;
    int32_t count = s->rows.kernel * s->columns.kernel;
    int32_t image = s->rows.input * s->columns.input * s->inputs;
    int32_t o, n, i, j, ky, kx;
    for (o = 0; o < s->outputs; o++) {
        const @WEIGHT@ *row = @weights_of@(w, o, count, room);
        const int8_t *under = x + o / multiplier;
        int8_t *out = y + o;
        for (n = 0; n < s->batch; n++, under += image) {
            for (i = 0; i < s->rows.output; i++) {
                int32_t top, bottom;
                taps(&s->rows, i, &top, &bottom);
                for (j = 0; j < s->columns.output; j++, out += s->outputs) {
                    int32_t left, right, sum = 0;
                    taps(&s->columns, j, &left, &right);
                    for (ky = top; ky < bottom; ky++) {
                        int32_t line = position(&s->rows, i, ky) * s->columns.input;
                        for (kx = left; kx < right; kx++) {
                            int32_t a = under[(line + position(&s->columns, j, kx)) * s->inputs];
                            sum += (a - zero_point) * row[ky * s->columns.kernel + kx];
                        }
                    }
                    *out = channel_code(c, o, sum);
                }
            }
        }
    }
}
