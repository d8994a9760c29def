/*
 * The wall clock runs RACING_CLOCK_RATE times as fast from the moment the process starts; every other clock, and every
 * sleep, is left alone. libfaketime can race too, but Debian 12's makes each sleep until a moment of the monotonic
 * clock, which is how Python sleeps, an EINVAL.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int (*real_clock)(clockid_t, struct timespec *);
static struct timespec start;
static double rate = 1.0;

__attribute__((constructor)) static void begin(void)
{
    const char *asked = getenv("RACING_CLOCK_RATE");
    real_clock = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    real_clock(CLOCK_REALTIME, &start);
    if (asked)
        rate = atof(asked);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!real_clock)
        begin();
    int result = real_clock(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        double passed = (double)(now->tv_sec - start.tv_sec) + (double)(now->tv_nsec - start.tv_nsec) / 1e9;
        double shown = (double)start.tv_nsec / 1e9 + passed * rate;
        now->tv_sec = start.tv_sec + (time_t)shown;
        now->tv_nsec = (long)((shown - (double)(time_t)shown) * 1e9);
    }
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec moment;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &moment);
    now->tv_sec = moment.tv_sec;
    now->tv_usec = moment.tv_nsec / 1000;
    return result;
}

time_t time(time_t *kept)
{
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    if (kept)
        *kept = moment.tv_sec;
    return moment.tv_sec;
}
