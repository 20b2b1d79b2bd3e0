// The protocol between Node and nsinit. docs/architecture.md describes it.
//
// The channel is a pair of AF_UNIX SOCK_SEQPACKET sockets. Both ends run on one machine and come from one build, so numbers are in the
// machine's byte order. The size of every record is a multiple of eight bytes.
//
// Node -> nsinit: a datagram is a sequence of frames. Descriptors are sent with it as SCM_RIGHTS, in the order in which the frames use them.
// A datagram of more than 208 KB would fail with EMSGSIZE. Frames that are too large are therefore put into a sealed memfd. The datagram then
// consists of one MEMFD frame, and the memfd is its first descriptor.
//
// nsinit -> Node: a datagram is exactly one nsinit_report. The command may have taken over the process that sends it, so Node checks every
// field.
#pragma once

#include <stdint.h>

#include "operations.h"

// The largest datagram. nsinit receives into one mapping of this size.
#define NSINIT_DATAGRAM_MAX 65536u
// SCM_MAX_FD of the kernel (include/net/scm.h).
#define NSINIT_DESCRIPTORS_MAX 253u

// The types of frames. struct nsinit_frame documents their numbers.
//   MEMFD         the frames are in a memfd. The id is that of the command among them
//   SETUP         operations for nsinit itself follow
//   SPAWN         DESCRIPTORS and the other operations for the command follow. The last one is EXEC
//   SIGNAL
//   GO_ON         the reply to MAPS_WANTED and to NAMESPACES_SENT
//   SHUTDOWN      nsinit sends a signal to every process, waits for their end as long as the grace time lasts, and ends, and the namespace ends
//                 with it. nsinit exits with 0, or with NSINIT_EXIT_FORCED if the grace time was too short
//   LAST_PID      nsinit writes or reads ns_last_pid, and replies with the report LAST_PID
#define NSINIT_FRAMES(X) X(MEMFD, 1) X(SETUP, 2) X(SPAWN, 3) X(SIGNAL, 4) X(GO_ON, 5) X(SHUTDOWN, 6) X(LAST_PID, 7)

// The flags of SETUP.
//   IS_INIT           nsinit is PID 1 of a new PID namespace. Otherwise it supervises the command from outside
//   SURVIVES_NODE     nsinit continues to run when Node's end of the channel is closed
//   FORWARD_TO_GROUP  nsinit forwards signals to the process group of the command
//   SANDBOX           nsinit continues to run when a command ends, and starts further ones
//   WAIT_FOR_ALL      nsinit continues to run until the last process has ended
//   SHARES_TERMINAL   the terminal sends its signals to the command, so nsinit does not forward them
//   OWN_CGROUP        nsinit puts the command into a cgroup of its own, if it can create one
//   HAS_ROOT          a command may be root of the user namespace, so Node executes the image that nobody inside can read
//   JOINS             nsinit enters existing namespaces, and creates all new ones itself, because Node's clone would come too early
//   LINGERS           nsinit continues to run when the command and all others have ended, so that Node can collect files, until Node ends it
//   AWAITS_KEEPING    nsinit waits after SEND_NAMESPACES, until Node keeps them
// clang-format off
#define NSINIT_SETUP_FLAGS(X) \
  X(IS_INIT, 1) X(SURVIVES_NODE, 2) X(FORWARD_TO_GROUP, 4) X(SANDBOX, 8) X(WAIT_FOR_ALL, 16) \
  X(SHARES_TERMINAL, 32) X(OWN_CGROUP, 64) X(HAS_ROOT, 128) X(JOINS, 256) X(LINGERS, 512) X(AWAITS_KEEPING, 1024)
// clang-format on

// nsinit's exit codes, besides 0 and those that mirror the end of the command.
//   BROKEN  a system call that nsinit cannot do without has failed
//   FAILED  the set-up has failed, or the command could not be started
//   FORCED  the grace time of SHUTDOWN was too short: 128 + SIGKILL
#define NSINIT_EXITS(X) X(BROKEN, 125) X(FAILED, 127) X(FORCED, 137)

// The device number of every ptmx: Documentation/admin-guide/devices.txt of the kernel.
#define NSINIT_PTMX_MAJOR 5
#define NSINIT_PTMX_MINOR 2

// Node continues a stopped supervisor by a SIGCONT with this value. nsinit does not forward that signal to the command.
#define NSINIT_WAKE 0x6e73696e

// The processes that receive a signal.
//   PROCESS  the command
//   GROUP    the process group of the command
//   ALL      every process that nsinit may signal
#define NSINIT_SCOPES(X) X(PROCESS, 0) X(GROUP, 1) X(ALL, 2)

struct nsinit_frame {
  uint32_t type;
  uint32_t id;    // of the command, in MEMFD, SPAWN and SIGNAL
  uint32_t size;  // of this header and the operations that follow it
  uint32_t reserved;
  union {
    uint64_t numbers[3];
    struct {
      uint64_t size;  // of the frames in the memfd
    } memfd;
    struct {
      uint64_t flags;       // NSINIT_SETUP_*
      uint64_t namespaces;  // CLONE_NEW* of the new namespaces, whose ids nsinit reports
      uint64_t forwarded;   // the signals that nsinit forwards: bit n-1 for signal n
    } setup;
    struct {
      uint64_t clone_flags;  // CLONE_NEW* for the clone of the command
      uint64_t descriptor_count;
      uint64_t pid;  // the PID that the command gets inside, or 0 for any
    } spawn;
    struct {
      uint64_t signal;
      uint64_t scope;  // NSINIT_SCOPE_*
    } signal;
    struct {
      uint64_t signal;  // 0 sends none
      uint64_t grace_ms;
    } shutdown;
    struct {
      uint64_t pid;  // what is written; 0 reads
    } last_pid;
  } u;
};

// The types of reports.
//   MAPS_WANTED   nsinit waits for its id maps
//   READY         the set-up of a sandbox is done. Without a sandbox, SPAWNED implies that
//   SPAWNED       the command has been executed. SCM_CREDENTIALS contains its PID, which the kernel translates
//   EXITED        the command has ended and has been reaped
//   FAILED        the set-up, nsinit itself or one command has failed. In the first two cases nsinit ends
//   LAST_PID      the reply to LAST_PID: the PID, or the errno
//   STOPPED       a command with FOREGROUND was stopped. It is reported once until Node has sent SIGCONT
//   NAMESPACES_SENT  SEND_NAMESPACES has sent them, and nsinit waits
// clang-format off
#define NSINIT_REPORTS(X) \
  X(MAPS_WANTED, 1) X(READY, 2) X(SPAWNED, 3) X(EXITED, 4) X(FAILED, 5) X(LAST_PID, 6) X(STOPPED, 7) \
  X(NAMESPACES_SENT, 8)
// clang-format on

// The place of a failure. It determines what `operation` counts.
//   NODE          an NSINIT_NODE_STEP: a step that Node takes
//   SETUP         the index of the operation in SETUP
//   COMMAND       the index of the operation in SPAWN
//   CLONE         nsinit's clone of the command
//   PROTOCOL      what was received does not follow this protocol
//   INIT          a system call of nsinit that belongs to no operation
#define NSINIT_STAGES(X) X(NODE, 0) X(SETUP, 1) X(COMMAND, 2) X(CLONE, 3) X(PROTOCOL, 4) X(INIT, 5)

// clang-format off
#define NSINIT_NODE_STEPS(X) \
  X(CHANNEL, 0) X(IMAGE, 1) X(CLONE, 2) X(SEND, 3) X(SETGROUPS, 4) X(GID_MAP, 5) X(UID_MAP, 6) \
  X(CHILD_DESCRIPTORS, 7) X(CHILD_CAPABILITIES, 8) X(CHILD_EXEC, 9) X(KILL, 10) X(RECEIVE, 11) X(PLAN, 12) X(KEEP, 13)

// The types of namespace, in the order of the arrays that have an element for each: the name of the link in /proc/PID/ns, the flag, and the
// number of the ioctl PIDFD_GET_<TYPE>_NAMESPACE.
#define NSINIT_NAMESPACES(X) \
  X(cgroup, CLONE_NEWCGROUP, 1) X(ipc, CLONE_NEWIPC, 2) X(mnt, CLONE_NEWNS, 3) X(net, CLONE_NEWNET, 4) \
  X(pid, CLONE_NEWPID, 5) X(time, CLONE_NEWTIME, 7) X(user, CLONE_NEWUSER, 9) X(uts, CLONE_NEWUTS, 10)
// The same for the namespaces that the next children of a process will be in.
#define NSINIT_NAMESPACES_FOR_CHILDREN(X) \
  X(pid_for_children, CLONE_NEWPID, 6) X(time_for_children, CLONE_NEWTIME, 8)
// clang-format on
#define NSINIT_ENUM(name, flag, request) NSINIT_NAMESPACE_##name,
enum nsinit_namespace { NSINIT_NAMESPACES(NSINIT_ENUM) NSINIT_NAMESPACE_COUNT };
#undef NSINIT_ENUM

// The counts of getrusage(2). Times are in microseconds, max_rss is in KB.
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
      int32_t pid;            // in nsinit's PID namespace; 0 in READY
      int32_t namespace_pid;  // in the command's PID namespace if nsinit is not its init, otherwise 0
      uint64_t namespaces[NSINIT_NAMESPACE_COUNT];  // the inode numbers of the new ones, 0 for the others
    } spawned;                                      // and READY
    struct {
      int32_t pid;    // 0 if there is an error
      int32_t error;  // the errno, or 0
    } last_pid;
    struct {
      int32_t signal;
      int32_t reserved;
    } stopped;
    struct {
      int32_t status;  // as wait(2) returns it
      int32_t reserved;
      // The command and its descendants, as far as nsinit has reaped them; the command alone, with the children that it has waited for; and
      // everything that nsinit has reaped so far.
      struct nsinit_usage all, command, total;
    } exited;
    struct {
      uint32_t stage;
      uint32_t operation;
      int32_t error;           // the errno
      int32_t syscall_number;  // -1 if no system call has failed
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
#define NSINIT_ENUM(name, value) NSINIT_SETUP_##name = value,
enum nsinit_setup_flag { NSINIT_SETUP_FLAGS(NSINIT_ENUM) };
#undef NSINIT_ENUM
#define NSINIT_ENUM(name, value) NSINIT_SCOPE_##name = value,
enum nsinit_scope { NSINIT_SCOPES(NSINIT_ENUM) };
#undef NSINIT_ENUM
