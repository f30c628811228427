/*
 * Convolution in groups of `depth` inputs; a fully connected layer is one of 1x1 on an image of 1x1. The zero
 * point is taken from the sum at the end: sum w * (x - z) = sum w * x - z * sum w, over the taps inside the image.
 */
static void @conv@(const int8_t *x, int8_t *y, const images *s, int32_t groups, int32_t zero_point,
                   const @weights@ *w, const channels *c, @WEIGHT@ *room)
{
    int32_t depth = s->inputs / groups, per_group = s->outputs / groups;
    int32_t count = s->rows.kernel * s->columns.kernel * depth;
    int32_t image = s->rows.input * s->columns.input * s->inputs;
    /* Neighbouring taps are neighbours in memory if nothing lies between them. */
    int joined = s->columns.dilation == 1 && groups == 1;
    int32_t o, n, i, j, ky, kx, k;
    for (o = 0; o < s->outputs; o++) {
        const @WEIGHT@ *row = @weights_of@(w, o, count, room);
        const int8_t *under = x + o / per_group * depth;
        int8_t *out = y + o;
        int32_t whole = 0;
        for (k = 0; k < count; k++)
            whole += row[k];
        for (n = 0; n < s->batch; n++, under += image) {
            for (i = 0; i < s->rows.output; i++) {
                int32_t top, bottom;
                taps(&s->rows, i, &top, &bottom);
                for (j = 0; j < s->columns.output; j++, out += s->outputs) {
                    int32_t left, right, sum = 0, inside = whole;
                    int border;
                    taps(&s->columns, j, &left, &right);
                    border = bottom - top < s->rows.kernel || right - left < s->columns.kernel;
                    if (border)
                        inside = 0;
                    for (ky = top; ky < bottom; ky++) {
                        int32_t step = joined ? right - left : 1;
                        int32_t line = position(&s->rows, i, ky) * s->columns.input;
                        for (kx = left; kx < right; kx += step) {
                            const int8_t *a = under + (line + position(&s->columns, j, kx)) * s->inputs;
                            const @WEIGHT@ *b = row + (ky * s->columns.kernel + kx) * depth;
                            for (k = 0; k < step * depth; k++)
                                sum += a[k] * b[k];
                            if (border)
                                for (k = 0; k < step * depth; k++)
                                    inside += b[k];
                        }
                    }
                    *out = channel_code(c, o, sum - zero_point * inside);
                }
            }
        }
    }
}
