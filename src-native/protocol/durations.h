// Durations in nanoseconds, for the kernel's and libc's struct timespec.
#pragma once

#include <stdint.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
