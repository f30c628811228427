/* Surrounds a tensor of `count` codes with one code. */
static void pad(const int8_t *x, int8_t *y, int32_t count, const int32_t *dims, const int32_t *strides, int32_t offset,
                int32_t length, int32_t code)
{
    walk i = {{0}, 0};
    int32_t k;
    memset(y, code, (size_t)length);
    for (k = 0; k < count; k++) {
        y[offset + i.offset] = x[k];
        advance(&i, dims, strides);
    }
}
