// How Node and nsinit repeat a call that the kernel refuses for lack of memory or buffer space, which may be available a moment later.
#pragma once

#include <errno.h>

#include "durations.h"

// Takes an errno.
static inline int lacks_memory(int error) { return error == ENOMEM || error == ENOBUFS; }

// The pause after an attempt, counted from 0: 1 ms at first, and twice as long each time.
static inline int64_t backoff_ns(int attempt) { return NS_PER_MS << attempt; }
