/* Runs an exported network on its inputs and prints the codes of its outputs, a line of bytes for each input. */
#include "inputs.h"
#include "network.h"

#include <stdio.h>
#include <string.h>

static int8_t codes[NETWORK_CODES];

int main(void)
{
    size_t at, k;
    for (at = 0; at + NETWORK_INPUT_0_LENGTH <= sizeof inputs; at += NETWORK_INPUT_0_LENGTH) {
        memcpy(codes + NETWORK_INPUT_0_OFFSET, inputs + at, NETWORK_INPUT_0_LENGTH);
        network_run(codes);
        for (k = 0; k < NETWORK_OUTPUT_0_LENGTH; k++)
            printf("%02x", (unsigned)(codes[NETWORK_OUTPUT_0_OFFSET + k] & 255));
        printf("\n");
    }
    return 0;
}
