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

// A datagram is at most this long: nsinit receives into one mapping of this size.
#define NSINIT_DATAGRAM_MAX 65536u
// SCM_MAX_FD of the kernel (include/net/scm.h).
#define NSINIT_DESCRIPTORS_MAX 253u

// Frames. What numbers[] holds:
//   MEMFD         [0] length of the frames in the memfd; its id is that of the command among them
//   SETUP         [0] NSINIT_SETUP_* flags, [1] CLONE_NEW* to report the ids of, [2] signals to forward, bit n-1 for n;
//                 operations for nsinit itself follow
//   SPAWN         [0] CLONE_NEW* for the clone of the command, [1] number of descriptors, [2] PID to take inside, or 0;
//                 DESCRIPTORS and the operations for the command follow, the last one is EXEC
//   SIGNAL        [0] the signal, [1] an NSINIT_SCOPE_*
//   MAPS_WRITTEN  answers MAPS_WANTED
//   SHUTDOWN      [0] a signal for every process, or 0, [1] milliseconds to wait for their end; then nsinit ends, and with
//                 it the namespace. It exits with 0, or with NSINIT_EXIT_FORCED where the time was too short
//   LAST_PID      [0] the PID to write to ns_last_pid, or 0 to read it; LAST_PID answers
#define NSINIT_FRAMES(X) \
  X(MEMFD, 1) X(SETUP, 2) X(SPAWN, 3) X(SIGNAL, 4) X(MAPS_WRITTEN, 5) X(SHUTDOWN, 6) X(LAST_PID, 7)

// Operations. What numbers[] and the texts behind them hold:
//   WRITE         texts: path, content (/proc/self/uid_map, timens_offsets ...)
//   AWAIT_MAPS    Node writes the id maps; waits for MAPS_WRITTEN
//   BECOME        [0] uid, [1] gid in the new user namespace, without supplementary groups
//   UNSHARE       [0] CLONE_NEW*
//   HOSTNAME      text
//   DOMAINNAME    text
//   LOOPBACK      sets the interface lo up
//   PROPAGATION   [0] MS_PRIVATE ..., for the whole tree
//   MOUNT_PROC    text: where
//   DESCRIPTORS   [0] count; behind it, as uint32_t, the number that each received descriptor gets
//   SESSION       setsid
//   RLIMIT        [0] resource, [1] soft, [2] hard
//   GROUPS        [0] count, [1] 1 to ignore EPERM; behind it, as uint32_t, the ids
//   GID, UID      [0] the id: real, effective, saved and file system
//   CHDIR         text
//   CAPABILITIES  clears the ambient and the inheritable set
//   TERMINAL      [0] columns, [1] rows; opens a pseudo-terminal, sends its master through descriptor 0, and makes its
//                 slave the controlling terminal and the descriptors 0 to 2
//   EXEC          [0] argc, [1] envc; texts: file, argv..., envp...
// clang-format off
#define NSINIT_OPERATIONS(X) \
  X(WRITE, 1) X(AWAIT_MAPS, 2) X(BECOME, 3) X(UNSHARE, 4) X(HOSTNAME, 5) X(DOMAINNAME, 6) \
  X(LOOPBACK, 7) X(PROPAGATION, 8) X(MOUNT_PROC, 9) X(DESCRIPTORS, 10) X(SESSION, 11) X(RLIMIT, 12) \
  X(GROUPS, 13) X(GID, 14) X(UID, 15) X(CHDIR, 16) X(CAPABILITIES, 17) X(EXEC, 18) X(TERMINAL, 19)
// clang-format on

#define NSINIT_SETUP_IS_INIT 1u           // it is PID 1 of a new namespace, else it supervises from outside
#define NSINIT_SETUP_SURVIVES_NODE 2u     // goes on when Node's end of the channel is closed
#define NSINIT_SETUP_FORWARD_TO_GROUP 4u  // forwarded signals go to the command's process group
#define NSINIT_SETUP_KEEP 8u              // stays when a command ends, for more of them: a sandbox
#define NSINIT_SETUP_WAIT_FOR_ALL 16u     // stays until the last process is gone
#define NSINIT_SETUP_SHARES_TERMINAL 32u  // the terminal's signals reach the command without nsinit's help
#define NSINIT_SETUP_OWN_CGROUP 64u       // puts the command into a cgroup of its own, if it can
#define NSINIT_SETUP_HAS_ROOT \
  128u  // a command may be root of the user namespace: Node executes the image that it cannot read

// The name of that cgroup, below nsinit's own: PREFIX, the id of nsinit's PID namespace, a dash, and nsinit's PID in it.
#define NSINIT_CGROUP_PREFIX "namespawn-"

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
  uint64_t numbers[3];
};

// Texts follow it, each closed by a NUL, filled up to a multiple of eight.
struct nsinit_operation {
  uint32_t code;
  uint32_t size;  // with this header
  uint64_t numbers[3];
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
      int32_t pid;  // as nsinit sees it; in READY 0
      int32_t reserved;
      uint64_t namespaces[NSINIT_NAMESPACE_COUNT];  // inode numbers of those that are new, else 0
    } spawned;                                      // and READY
    struct {
      int32_t pid;    // or 0
      int32_t error;  // errno, or 0
    } last_pid;
    struct {
      int32_t status;  // as wait(2) has it
      int32_t reserved;
      struct nsinit_usage all, command;
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
#define NSINIT_ENUM(name, value) NSINIT_EXIT_##name = value,
enum nsinit_exit { NSINIT_EXITS(NSINIT_ENUM) };
#undef NSINIT_ENUM
