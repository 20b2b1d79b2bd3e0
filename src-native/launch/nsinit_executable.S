// nsinit's executable, embedded in the addon. The included file holds one .incbin line, so that make notices a new one.
    .section .rodata
    .globl namespawn_nsinit_begin, namespawn_nsinit_end
    .hidden namespawn_nsinit_begin, namespawn_nsinit_end
    .balign 16
namespawn_nsinit_begin:
#include "nsinit_incbin.h"
namespawn_nsinit_end:
    .section .note.GNU-stack, "", %progbits
