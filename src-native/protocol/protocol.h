// What Node and nsinit say to each other: the only header that both include. docs/architecture.md tells it in words.
//
// The channel is a pair of AF_UNIX SOCK_SEQPACKET sockets. Both ends run on one machine and come from one build, so
// numbers are in the machine's byte order, and every record is a multiple of eight bytes.
//
// Node -> nsinit: a datagram is a sequence of frames. Descriptors ride along as SCM_RIGHTS, in the order in which the
// frames name them. Where a datagram would be too large (over 208 KB it is EMSGSIZE), it holds one MEMFD frame, and its
// first descriptor is a sealed memfd with the frames.
//
// nsinit -> Node: a datagram is one nsinit_report, never shorter or longer. It comes from a place that the command may
// have taken over, so Node checks each field.
#pragma once

#include <stdint.h>

#include "operations.h"

// A datagram is at most this long: nsinit receives into one mapping of this size.
#define NSINIT_DATAGRAM_MAX 65536u
// SCM_MAX_FD of the kernel (include/net/scm.h).
#define NSINIT_DESCRIPTORS_MAX 253u

// Frames; struct nsinit_frame says what their numbers are.
//   MEMFD         the frames are in a memfd; its id is that of the command among them
//   SETUP         operations for nsinit itself follow
//   SPAWN         DESCRIPTORS and the operations for the command follow, the last one is EXEC
//   SIGNAL
//   MAPS_WRITTEN  answers MAPS_WANTED
//   SHUTDOWN      a signal for every process, and the time for their end; then nsinit ends, and with it the namespace. It exits with 0, or
//                 with NSINIT_EXIT_FORCED where the time was too short
//   LAST_PID      writes ns_last_pid, or reads it; LAST_PID answers
#define NSINIT_FRAMES(X) \
  X(MEMFD, 1) X(SETUP, 2) X(SPAWN, 3) X(SIGNAL, 4) X(MAPS_WRITTEN, 5) X(SHUTDOWN, 6) X(LAST_PID, 7)

#define NSINIT_SETUP_IS_INIT 1u           // it is PID 1 of a new namespace, else it supervises from outside
#define NSINIT_SETUP_SURVIVES_NODE 2u     // goes on when Node's end of the channel is closed
#define NSINIT_SETUP_FORWARD_TO_GROUP 4u  // forwarded signals go to the command's process group
#define NSINIT_SETUP_SANDBOX 8u           // stays when a command ends, for more of them: a sandbox
#define NSINIT_SETUP_WAIT_FOR_ALL 16u     // stays until the last process is gone
#define NSINIT_SETUP_SHARES_TERMINAL 32u  // the terminal's signals reach the command without nsinit's help
#define NSINIT_SETUP_OWN_CGROUP 64u       // puts the command into a cgroup of its own, if it can
#define NSINIT_SETUP_JOINS \
  256u  // it enters namespaces of others: nsinit creates all new ones itself, since Node's clone would come too early
#define NSINIT_SETUP_HAS_ROOT \
  128u  // a command may be root of the user namespace: Node executes the image that it cannot read

// nsinit's exit codes beside 0 and the mirrored ones:
//   BROKEN  a system call failed that nsinit cannot do without
//   FAILED  the set-up or the command could not be started
//   FORCED  the grace time of SHUTDOWN was too short: 128 + SIGKILL
#define NSINIT_EXITS(X) X(BROKEN, 125) X(FAILED, 127) X(FORCED, 137)

// The value of a SIGCONT by which Node continues a supervisor that is stopped. It is not sent on to the command.
#define NSINIT_WAKE 0x6e73696e

#define NSINIT_SCOPE_PROCESS 0u  // the command
#define NSINIT_SCOPE_GROUP 1u    // its process group
#define NSINIT_SCOPE_ALL 2u      // every process that nsinit may signal

struct nsinit_frame {
  uint32_t type;
  uint32_t id;    // of the command, for MEMFD, SPAWN and SIGNAL
  uint32_t size;  // with this header and the operations behind it
  uint32_t reserved;
  union {
    uint64_t numbers[3];
    struct {
      uint64_t size;  // of the frames
    } memfd;
    struct {
      uint64_t flags;       // NSINIT_SETUP_*
      uint64_t namespaces;  // CLONE_NEW* that are new, whose ids are reported
      uint64_t forwarded;   // signals, bit n-1 for n
    } setup;
    struct {
      uint64_t clone_flags;  // CLONE_NEW* for the clone of the command
      uint64_t descriptor_count;
      uint64_t pid;  // to take inside, or 0
    } spawn;
    struct {
      uint64_t signal;
      uint64_t scope;  // NSINIT_SCOPE_*
    } signal;
    struct {
      uint64_t signal;  // or 0
      uint64_t grace_ms;
    } shutdown;
    struct {
      uint64_t pid;  // to write, or 0 to read it
    } last_pid;
  } u;
};

// Reports:
//   MAPS_WANTED   nsinit waits for its id maps
//   READY         the set-up is done (sandboxes only: elsewhere SPAWNED says as much)
//   SPAWNED       the command is executed; its PID comes translated, as SCM_CREDENTIALS
//   EXITED        the command is gone and reaped
//   FAILED        something failed: of the set-up or of nsinit itself, after which it ends, or of one command
//   LAST_PID      what LAST_PID asked for, or the errno
#define NSINIT_REPORTS(X) X(MAPS_WANTED, 1) X(READY, 2) X(SPAWNED, 3) X(EXITED, 4) X(FAILED, 5) X(LAST_PID, 6)

// Which place a failure comes from: it says what `operation` counts.
//   NODE          an NSINIT_NODE_STEP: Node's side of the launch
//   SETUP         the n-th operation of SETUP
//   COMMAND       the n-th operation of SPAWN
//   CLONE         nsinit's clone of the command
//   PROTOCOL      what was received is not of this protocol
//   INIT          a system call of nsinit's own, which no operation asked for
#define NSINIT_STAGES(X) X(NODE, 0) X(SETUP, 1) X(COMMAND, 2) X(CLONE, 3) X(PROTOCOL, 4) X(INIT, 5)

// clang-format off
#define NSINIT_NODE_STEPS(X) \
  X(CHANNEL, 0) X(IMAGE, 1) X(CLONE, 2) X(SEND, 3) X(SETGROUPS, 4) X(GID_MAP, 5) X(UID_MAP, 6) \
  X(CHILD_DESCRIPTORS, 7) X(CHILD_CAPABILITIES, 8) X(CHILD_EXEC, 9) X(KILL, 10) X(RECEIVE, 11)
// clang-format on

// The types of namespace, in the order in which arrays name them.
// clang-format off
#define NSINIT_NAMESPACES(X) \
  X(cgroup, CLONE_NEWCGROUP) X(ipc, CLONE_NEWIPC) X(mnt, CLONE_NEWNS) X(net, CLONE_NEWNET) \
  X(pid, CLONE_NEWPID) X(time, CLONE_NEWTIME) X(user, CLONE_NEWUSER) X(uts, CLONE_NEWUTS)
// clang-format on
#define NSINIT_NAMESPACE_COUNT 8

// As getrusage(2) counts; times in microseconds, max_rss in KB.
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
      int32_t pid;                                  // as nsinit sees it
      int32_t namespace_pid;                        // as the command sees it, where nsinit is not its init; else 0
      uint64_t namespaces[NSINIT_NAMESPACE_COUNT];  // inode numbers of those that are new, else 0
    } spawned;                                      // and READY
    struct {
      int32_t pid;    // or 0
      int32_t error;  // errno, or 0
    } last_pid;
    struct {
      int32_t status;  // as wait(2) has it
      int32_t reserved;
      // The command and its descendants, as far as nsinit has reaped them; the command alone, with the children that it has waited for; and
      // everything that nsinit has reaped so far.
      struct nsinit_usage all, command, total;
    } exited;
    struct {
      uint32_t stage;
      uint32_t operation;
      int32_t error;           // errno
      int32_t syscall_number;  // -1: it was found out without one
    } failed;
  } u;
};

#define NSINIT_ENUM(name, value) NSINIT_FRAME_##name = value,
enum nsinit_frame_type { NSINIT_FRAMES(NSINIT_ENUM) };
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
#define NSINIT_ENUM(name, value) NSINIT_EXIT_##name = value,
enum nsinit_exit { NSINIT_EXITS(NSINIT_ENUM) };
#undef NSINIT_ENUM
