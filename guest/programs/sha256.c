/* sha256.c - SHA-256 (FIPS 180-4) of messages whose digests are known. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS 64
#define BLOCK  64

/* The first 32 bits after the point of the square roots of 8 primes ... */
static const uint32_t start[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* ... and of the cube roots of 64. */
static const uint32_t constants[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

struct sha256 {
    uint32_t state[8];
    uint64_t size;
    uint8_t block[BLOCK];
};

static uint32_t turn(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static void expand(uint32_t w[ROUNDS], const uint8_t *block)
{
    for (int i = 0; i < 16; i++, block += 4)
        w[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
               (uint32_t)block[2] << 8 | block[3];
    for (int i = 16; i < ROUNDS; i++) {
        uint32_t x = w[i - 15];
        uint32_t y = w[i - 2];

        w[i] = w[i - 16] + w[i - 7] + (turn(x, 7) ^ turn(x, 18) ^ x >> 3) +
               (turn(y, 17) ^ turn(y, 19) ^ y >> 10);
    }
}

static void mix(uint32_t s[8], uint32_t word)
{
    uint32_t a = s[0];
    uint32_t e = s[4];
    uint32_t first = s[7] + word + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
                     ((e & s[5]) ^ (~e & s[6]));
    uint32_t second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) +
                      ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));

    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += first;
    s[0] = first + second;
}

static void compress(struct sha256 *h)
{
    uint32_t w[ROUNDS];
    uint32_t s[8];

    expand(w, h->block);
    memcpy(s, h->state, sizeof s);
    for (int i = 0; i < ROUNDS; i++)
        mix(s, w[i] + constants[i]);
    for (int i = 0; i < 8; i++)
        h->state[i] += s[i];
}

static void update(struct sha256 *h, const void *from, size_t size)
{
    const uint8_t *bytes = from;

    for (size_t i = 0; i < size; i++) {
        h->block[h->size++ % BLOCK] = bytes[i];
        if (h->size % BLOCK == 0)
            compress(h);
    }
}

static void finish(struct sha256 *h)
{
    uint64_t bits = h->size * 8;
    uint8_t tail[8];

    for (int i = 0; i < 8; i++)
        tail[i] = (uint8_t)(bits >> (56 - 8 * i));
    update(h, "\x80", 1);
    while (h->size % BLOCK != BLOCK - sizeof tail)
        update(h, "", 1);
    update(h, tail, sizeof tail);
}

static void print_digest(const char *piece, int times)
{
    struct sha256 h = {.size = 0};

    memcpy(h.state, start, sizeof h.state);
    for (int i = 0; i < times; i++)
        update(&h, piece, strlen(piece));
    finish(&h);
    for (int i = 0; i < 8; i++)
        printf("%08lx", (unsigned long)h.state[i]);
    printf("  \"%s\" x %d\n", piece, times);
}

int main(void)
{
    print_digest("", 1);
    print_digest("abc", 1);
    print_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1);
    print_digest("a", 10000);
    return 0;
}
