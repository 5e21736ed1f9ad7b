/* matrix.c - products of matrices, of integers and of doubles. */
#include <stdio.h>

#define N 12

static int a[N][N];
static int b[N][N];
static int product[N][N];
static double rotation[2][2] = {{0.8, -0.6}, {0.6, 0.8}};

static void fill(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = i * j % 7 - 3;
            b[i][j] = (i + 2 * j) % 5 - 2;
        }
}

static void multiply(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int sum = 0;

            for (int k = 0; k < N; k++)
                sum += a[i][k] * b[k][j];
            product[i][j] = sum;
        }
}

/* Turns a point sixteen times by the angle of the triangle 3, 4, 5. */
static void rotate(void)
{
    double x = 1.0;
    double y = 0.0;

    for (int i = 0; i < 16; i++) {
        double turned = rotation[0][0] * x + rotation[0][1] * y;

        y = rotation[1][0] * x + rotation[1][1] * y;
        x = turned;
    }
    printf("rotated: %.6f %.6f\n", x, y);
}

int main(void)
{
    int trace = 0;

    fill();
    multiply();
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++)
            printf("%4d", product[i][j]);
        putchar('\n');
        trace += product[i][i];
    }
    printf("trace: %d\n", trace);
    rotate();
    return 0;
}
