/*
 * compute.c - benchmark: integer arithmetic in registers, few accesses.
 *
 * A checksum (CRC-32, bit by bit) and a small block cipher's rounds (XTEA's
 * shape) over a running state. Takes the number of rounds as its argument.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 220000

static uint32_t crc_of_word(uint32_t crc, uint32_t word)
{
    crc ^= word;
    for (int i = 0; i < 32; i++)
        crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
    return crc;
}

static uint64_t encipher(uint64_t block, uint32_t key)
{
    uint32_t a = (uint32_t)block;
    uint32_t b = (uint32_t)(block >> 32);
    uint32_t sum = 0;

    for (int i = 0; i < 32; i++) {
        a += ((b << 4 ^ b >> 5) + b) ^ (sum + key);
        sum += 0x9e3779b9;
        b += ((a << 4 ^ a >> 5) + a) ^ (sum + (key << 7 | key >> 25));
    }
    return (uint64_t)b << 32 | a;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 0) : ROUNDS;
    uint64_t block = 0x0123456789abcdef;
    uint32_t crc = 0xffffffff;

    for (long i = 0; i < rounds; i++) {
        block = encipher(block, crc);
        crc = crc_of_word(crc, (uint32_t)block);
    }
    printf("compute: %08lx %016llx\n", (unsigned long)crc,
           (unsigned long long)block);
    return 0;
}
