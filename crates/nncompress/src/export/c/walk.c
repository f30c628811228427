/* A walk through a box of six dimensions; `offset` is where the element lies in memory. */
typedef struct {
    int32_t at[6], offset;
} walk;

static void advance(walk *w, const int32_t *dims, const int32_t *strides)
{
    int32_t d;
    for (d = 5; d >= 0; d--) {
        w->offset += strides[d];
        if (++w->at[d] < dims[d])
            return;
        w->offset -= strides[d] * dims[d];
        w->at[d] = 0;
    }
}
