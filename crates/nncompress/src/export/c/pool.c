/* The average, half away from zero, or the largest of the cells of a window that lie inside the image. */
static void pool(const int8_t *x, int8_t *y, const images *s, const ending *end, int largest)
{
    int32_t image = s->rows.input * s->columns.input * s->inputs;
    int32_t n, i, j, o, ky, kx;
    for (n = 0; n < s->batch; n++, x += image) {
        for (i = 0; i < s->rows.output; i++) {
            int32_t top, bottom;
            taps(&s->rows, i, &top, &bottom);
            for (j = 0; j < s->columns.output; j++) {
                int32_t left, right, cells;
                taps(&s->columns, j, &left, &right);
                cells = (bottom - top) * (right - left);
                for (o = 0; o < s->outputs; o++) {
                    int32_t value = largest ? -128 : 0;
                    for (ky = top; ky < bottom; ky++) {
                        int32_t line = position(&s->rows, i, ky) * s->columns.input;
                        for (kx = left; kx < right; kx++) {
                            int32_t a = x[(line + position(&s->columns, j, kx)) * s->inputs + o];
                            value = !largest ? value + a : a > value ? a : value;
                        }
                    }
                    if (!largest)
                        value = (value > 0 ? value + cells / 2 : value - cells / 2) / cells;
                    *y++ = clamped(value, end);
                }
            }
        }
    }
}
