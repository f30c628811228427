/* One dimension of a window on an image. */
typedef struct {
    int32_t input, kernel, stride, dilation, before, output;
} span;

/* Images [batch, height, width, inputs] under a window, and those that it makes of them. */
typedef struct {
    span rows, columns;
    int32_t batch, inputs, outputs;
} images;

/* The taps of the kernel that lie inside the image for this output: first..last. */
static void taps(const span *s, int32_t output, int32_t *first, int32_t *last)
{
    int32_t start = output * s->stride - s->before;
    *first = start < 0 ? (-start + s->dilation - 1) / s->dilation : 0;
    *last = s->input > start ? (s->input - start + s->dilation - 1) / s->dilation : 0;
    *last = *last < s->kernel ? *last : s->kernel;
    *last = *last > *first ? *last : *first;
}

/* The input under a tap that lies inside the image. */
static int32_t position(const span *s, int32_t output, int32_t tap)
{
    return output * s->stride + tap * s->dilation - s->before;
}
