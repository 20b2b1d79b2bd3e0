// include/linux/socket.h of the kernel, for code without libc.
#pragma once

#define AF_INET 2
#define AF_INET6 10
