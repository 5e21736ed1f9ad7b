/* math_float.c - the float functions: the double ones, rounded once more. */
#include <math.h>

float fabsf(float x)
{
    return (float)fabs(x);
}

float floorf(float x)
{
    return (float)floor(x);
}

float ceilf(float x)
{
    return (float)ceil(x);
}

float truncf(float x)
{
    return (float)trunc(x);
}

float roundf(float x)
{
    return (float)round(x);
}

float rintf(float x)
{
    return (float)rint(x);
}

float sqrtf(float x)
{
    return (float)sqrt(x);
}

float expf(float x)
{
    return (float)exp(x);
}

float logf(float x)
{
    return (float)log(x);
}

float sinf(float x)
{
    return (float)sin(x);
}

float cosf(float x)
{
    return (float)cos(x);
}

float tanf(float x)
{
    return (float)tan(x);
}

float atanf(float x)
{
    return (float)atan(x);
}

float fmodf(float x, float y)
{
    return (float)fmod(x, y);
}

float copysignf(float x, float y)
{
    return (float)copysign(x, y);
}

float fminf(float x, float y)
{
    return (float)fmin(x, y);
}

float fmaxf(float x, float y)
{
    return (float)fmax(x, y);
}

float powf(float x, float y)
{
    return (float)pow(x, y);
}

float atan2f(float y, float x)
{
    return (float)atan2(y, x);
}

float exp2f(float x)
{
    return (float)exp2(x);
}

float log2f(float x)
{
    return (float)log2(x);
}

float log10f(float x)
{
    return (float)log10(x);
}

long lroundf(float x)
{
    return lround(x);
}

long lrintf(float x)
{
    return lrint(x);
}

float hypotf(float x, float y)
{
    return (float)hypot(x, y);
}

float fdimf(float x, float y)
{
    return (float)fdim(x, y);
}
