// What Node and nsinit say to each other: the only header that both include. docs/architecture.md tells it in
// words.
//
// The channel is a pair of AF_UNIX SOCK_SEQPACKET sockets. Both ends run on one machine and come from one
// build, so numbers are in the machine's byte order and every record is a multiple of eight bytes.
//
// Node -> nsinit: a datagram is a sequence of frames; file descriptors ride along as SCM_RIGHTS, in the order
// in which the frames name them. Where a datagram would be too large (over 208 KB it is EMSGSIZE), it holds
// one NSINIT_MEMFD frame, and its first descriptor is a sealed memfd with the frames. nsinit -> Node: a
// datagram is one nsinit_report, never shorter or longer. It comes from a place that the command may have
// taken over, so Node checks each field.
#pragma once

#include <stdint.h>

// ---- Node -> nsinit
// -------------------------------------------------------------------------------------------------

// A datagram is at most this long; nsinit receives into one mapping of this size.
#define NSINIT_DATAGRAM_MAX 65536u
// SCM_MAX_FD of the kernel (include/net/scm.h).
#define NSINIT_DESCRIPTORS_MAX 253u

#define NSINIT_FRAMES(X)                                                                          \
  X(MEMFD, 1)        /* numbers[0]: how long the frames in the memfd are */                       \
  X(SETUP, 2)        /* numbers[0]: NSINIT_SETUP_* flags; then operations for nsinit itself */    \
  X(SPAWN, 3)        /* numbers[0]: NSINIT_SPAWN_* flags, [1]: descriptors, [2]: set_tid or 0; */ \
                     /* then operations for the command, the last one EXEC */                     \
  X(SIGNAL, 4)       /* numbers[0]: the signal, [1]: an NSINIT_SCOPE_* */                         \
  X(MAPS_WRITTEN, 5) /* the answer to NSINIT_REPORT_MAPS_WANTED */                                \
  X(SHUTDOWN, 6)     /* ends nsinit, and with it the namespace */

#define NSINIT_OPERATIONS(X)                                                                       \
  X(ID_MAPS, 1)       /* texts: setgroups, gid_map, uid_map; each may be empty. Writes its own. */ \
  X(AWAIT_ID_MAPS, 2) /* Node writes them; waits for MAPS_WRITTEN */                               \
  X(BECOME, 3)        /* numbers: uid, gid in the new user namespace, without other groups */      \
  X(UNSHARE, 4)       /* numbers[0]: CLONE_NEW* */                                                 \
  X(TIME_OFFSETS, 5)  /* text: what goes to timens_offsets */                                      \
  X(HOSTNAME, 6)      /* text */                                                                   \
  X(DOMAINNAME, 7)    /* text */                                                                   \
  X(LOOPBACK, 8)      /* sets lo up */                                                             \
  X(PROPAGATION, 9)   /* numbers[0]: MS_PRIVATE ...; for the whole tree */                         \
  X(MOUNT_PROC, 10)   /* text: where */                                                            \
  X(SESSION, 11)      /* setsid */                                                                 \
  X(RLIMIT, 12)       /* numbers: resource, soft, hard */                                          \
  X(GROUPS, 13)       /* numbers[0]: count, [1]: 1 to ignore EPERM; data: that many uint32_t */    \
  X(GID, 14)          /* numbers[0] */                                                             \
  X(UID, 15)          /* numbers[0] */                                                             \
  X(CHDIR, 16)        /* text */                                                                   \
  X(DROP_INHERITED_CAPABILITIES, 17) /* clears the ambient and the inheritable set */              \
  X(CONTROLLING_TERMINAL, 18)        /* numbers[0]: the descriptor */                              \
  X(EXEC, 19)                        /* numbers: argc, envc; texts: file, argv..., envp... */

// Flags of SETUP.
#define NSINIT_SETUP_IS_INIT 1u           // it is PID 1 of a new namespace, else it supervises from outside
#define NSINIT_SETUP_SURVIVES_NODE 2u     // goes on when Node's end of the channel is closed
#define NSINIT_SETUP_FORWARD_TO_GROUP 4u  // forwarded signals go to the command's process group
#define NSINIT_SETUP_KEEP 8u              // stays when a command ends, for more of them: a sandbox
#define NSINIT_SETUP_WAIT_FOR_ALL 16u     // stays until the last process is gone
#define NSINIT_SETUP_USER 32u             // it has a user namespace of its own, with capabilities there
#define NSINIT_SETUP_SHARES_TERMINAL 64u  // the terminal's signals reach the command without nsinit's help

// What a SIGNAL is for.
#define NSINIT_SCOPE_PROCESS 0u  // the command
#define NSINIT_SCOPE_GROUP 1u    // its process group
#define NSINIT_SCOPE_ALL 2u      // every process that nsinit may signal

struct nsinit_frame {
  uint32_t type;
  uint32_t id;    // of the command, for SPAWN and SIGNAL
  uint32_t size;  // of the whole frame with this header and what follows it
  uint32_t reserved;
  uint64_t numbers[3];
};

// Texts follow it, each closed by a NUL, and fill up to the next multiple of eight.
struct nsinit_operation {
  uint32_t code;
  uint32_t size;  // with this header
  uint64_t numbers[3];
};

// ---- nsinit -> Node
// -------------------------------------------------------------------------------------------------

#define NSINIT_REPORTS(X)                                                                       \
  X(MAPS_WANTED, 1) /* nsinit waits for its id maps */                                          \
  X(READY, 2)       /* the set-up is done */                                                    \
  X(SPAWNED, 3)     /* the command is executed; its PID comes translated, as SCM_CREDENTIALS */ \
  X(EXITED, 4)      /* the command is gone, and reaped */                                       \
  X(FAILED, 5)      /* an operation failed: of the set-up (then nsinit ends) or of a command */

// Which place an error comes from: it says what `operation` counts.
#define NSINIT_STAGES(X)                                                      \
  X(NODE, 0)        /* Node's side of the launch: an NSINIT_NODE_STEP */      \
  X(SETUP, 1)       /* the n-th operation of SETUP */                         \
  X(COMMAND, 2)     /* the n-th operation of SPAWN */                         \
  X(CLONE, 3)       /* nsinit's clone of the command */                       \
  X(DESCRIPTORS, 4) /* the command's stdio: operation is its number inside */ \
  X(PROTOCOL, 5)    /* what nsinit received, or Node did, is not of this protocol */

// What can fail on Node's side.
#define NSINIT_NODE_STEPS(X) \
  X(CHANNEL, 0)              \
  X(NSINIT, 1)               \
  X(CLONE, 2)                \
  X(SEND, 3)                 \
  X(SETGROUPS, 4)            \
  X(GID_MAP, 5)              \
  X(UID_MAP, 6)              \
  X(UNSHARE_DESCRIPTORS, 7)  \
  X(EXEC_NSINIT, 8)

// The kinds of namespace in the order in which arrays name them.
#define NSINIT_NAMESPACES(X) \
  X(cgroup, 0) X(ipc, 1) X(mnt, 2) X(net, 3) X(pid, 4) X(time, 5) X(user, 6) X(uts, 7)
#define NSINIT_NAMESPACE_COUNT 8

// As getrusage(2) counts, times in microseconds and max_rss in KB.
struct nsinit_usage {
  uint64_t user_us, system_us, max_rss;
  uint64_t minor_faults, major_faults;
  uint64_t block_inputs, block_outputs;
  uint64_t voluntary_switches, involuntary_switches;
};

struct nsinit_report {
  uint32_t type;
  uint32_t id;
  union {
    struct {
      int32_t pid;  // as nsinit sees it
      int32_t reserved;
      uint64_t namespaces[NSINIT_NAMESPACE_COUNT];  // inode numbers of those that are new, else 0
    } spawned;
    struct {
      int32_t status;  // as wait(2) has it
      int32_t reserved;
      struct nsinit_usage all, command;
    } exited;
    struct {
      uint32_t stage;
      uint32_t operation;
      int32_t error;           // errno
      int32_t syscall_number;  // -1: none, it was found out without one
    } failed;
  } u;
};

#define NSINIT_ENUM(name, value) NSINIT_FRAME_##name = value,
enum nsinit_frame_type { NSINIT_FRAMES(NSINIT_ENUM) };
#undef NSINIT_ENUM
#define NSINIT_ENUM(name, value) NSINIT_OP_##name = value,
enum nsinit_operation_code { NSINIT_OPERATIONS(NSINIT_ENUM) };
#undef NSINIT_ENUM
#define NSINIT_ENUM(name, value) NSINIT_REPORT_##name = value,
enum nsinit_report_type { NSINIT_REPORTS(NSINIT_ENUM) };
#undef NSINIT_ENUM
#define NSINIT_ENUM(name, value) NSINIT_STAGE_##name = value,
enum nsinit_stage { NSINIT_STAGES(NSINIT_ENUM) };
#undef NSINIT_ENUM
#define NSINIT_ENUM(name, value) NSINIT_NODE_##name = value,
enum nsinit_node_step { NSINIT_NODE_STEPS(NSINIT_ENUM) };
#undef NSINIT_ENUM
