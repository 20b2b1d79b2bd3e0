// Embeds nsinit's executable in the addon. The included file contains one .incbin line; make rebuilds this object when that file changes.
    .section .rodata
    .globl namespawn_nsinit_begin, namespawn_nsinit_end
    .hidden namespawn_nsinit_begin, namespawn_nsinit_end
    .balign 16
namespawn_nsinit_begin:
#include "nsinit_incbin.h"
namespawn_nsinit_end:
    .section .note.GNU-stack, "", %progbits
