// The operations of a plan: what nsinit does for its own set-up, and what the command's process does before it executes the command.
#pragma once

#include <stdint.h>

#include "mounts.h"

// The table of operations. Each row has the number of the operation, the frame that may contain it (SETUP, SPAWN, or BOTH), and the
// function of nsinit that carries it out (nsinit/operations.c). struct nsinit_operation documents the numbers of an operation. The texts
// that follow an operation are:
//   WRITE         writes a file such as /proc/self/uid_map or timens_offsets: its path, and the content
//   AWAIT_MAPS    nsinit waits for GO_ON while Node writes the id maps
//   UNSHARE_MAPPED  creates a user namespace in one in which nsinit may map all ids, or with its own id alone after a JOIN of a
//                 mount namespace: the contents of setgroups (or nothing), gid_map and uid_map
//   SET_IDS       sets the uid and gid of nsinit in the new user namespace, and clears the supplementary groups
//   UNSHARE
//   HOSTNAME      the name
//   DOMAINNAME    the name
//   LOOPBACK      sets the interface lo up
//   PROPAGATION   sets the propagation of all mounts
//   MOUNT_PROC    the directory
//   DESCRIPTORS   as uint32_t, the number that each received descriptor gets
//   SESSION       setsid(2)
//   RLIMIT
//   GROUPS        as uint32_t, the ids
//   GID, UID      sets the real, effective, saved and file system id
//   CHDIR         the directory
//   CAPABILITIES  clears the ambient and the inheritable set
//   TERMINAL      opens a pseudo-terminal, sends its master through descriptor 0, and makes its slave the controlling terminal and the
//                 descriptors 0 to 2. If settings_size is not 0, the struct termios of TCGETS follows
//   UMASK
//   FOREGROUND    a new process group, which becomes the foreground group of the terminal that is descriptor 0
//   JOIN          enters the namespace of the next received descriptor
//   JOIN_FOR_CHILDREN  enters the PID namespace of the next received descriptor, for the children of the command
//   ENTER_ROOT    changes the root directory and the working directory. Paths follow for those that are given by a path
//   START_INIT    creates the PID namespace and continues as its PID 1 in a new process. The old process waits for its end
//   SOCKET        makes a socket (inside_socket.h) and sends it through the next received descriptor. The address follows, as uint32_t
//   MOUNT_SYS     mounts a sysfs on /sys, which shows nsinit's network namespace
//   BIND          a bind mount: the source, and the path to mount it on
//   SEND_NAMESPACES  sends descriptors of nsinit's namespaces through the next received descriptor, a socket
//   BOUND_CAPABILITIES  leaves only these in the bounding set
//   KEEP_CAPABILITIES   a later change of ids leaves the permitted capabilities
//   SET_CAPABILITIES    leaves exactly these in the permitted, effective, inheritable and ambient set
//   NO_NEW_PRIVILEGES
//   NICE
//   IO_PRIORITY
//   SCHEDULER
//   AFFINITY      as uint32_t, the bits of the CPUs
//   NEW_KEYRING   an anonymous session keyring
//   PERSONALITY
//   OPEN_SOURCE   opens what ROOT or MOUNT uses later, before anything covers it: its path
//   ROOT          begins the file system of the namespace: the directory in which MOUNT makes its destinations
//   MOUNT         mounts or makes something (mounts.h)
//   END_ROOT      sets what is to be read-only, detaches the old root, and enters the working directory
//   SECCOMP       as uint32_t, the struct sock_filter of the program. If `channel` is not 0, it is the number of one of the command's
//                 descriptors, a socket. The helper of the command sends the listener of the filter through it (command.c)
//   PARENT_DEATH_SIGNAL  what the command receives when its nsinit ends
//   MAKE_INNER_USER   creates a user namespace for the commands: the contents of setgroups (or nothing), gid_map and uid_map
//   ENTER_INNER_USER  enters it
//   LANDLOCK      restricts the process by the ruleset that has this number among the command's descriptors, and closes it
//   EXEC          the file, the arguments, the environment
// clang-format off
#define NSINIT_OPERATIONS(X) \
  X(WRITE, 1, SETUP, write_file) \
  X(AWAIT_MAPS, 2, SETUP, await_maps) \
  X(SET_IDS, 3, SETUP, set_ids) \
  X(UNSHARE, 4, SETUP, unshare_namespaces) \
  X(HOSTNAME, 5, SETUP, set_hostname) \
  X(DOMAINNAME, 6, SETUP, set_domainname) \
  X(LOOPBACK, 7, SETUP, set_loopback_up) \
  X(PROPAGATION, 8, SETUP, set_propagation) \
  X(MOUNT_PROC, 9, BOTH, mount_proc) \
  X(DESCRIPTORS, 10, SPAWN, install_descriptors) \
  X(SESSION, 11, BOTH, start_session) \
  X(RLIMIT, 12, SPAWN, set_rlimit) \
  X(GROUPS, 13, SPAWN, set_groups) \
  X(GID, 14, SPAWN, set_gid) \
  X(UID, 15, SPAWN, set_uid) \
  X(CHDIR, 16, SPAWN, change_directory) \
  X(CAPABILITIES, 17, SPAWN, clear_inherited_capabilities) \
  X(EXEC, 18, SPAWN, execute) \
  X(TERMINAL, 19, SPAWN, open_terminal) \
  X(UMASK, 20, SPAWN, set_umask) \
  X(JOIN, 21, SETUP, join_namespace) \
  X(ENTER_ROOT, 22, SETUP, enter_root) \
  X(START_INIT, 23, SETUP, start_init) \
  X(SOCKET, 24, SETUP, send_socket) \
  X(FOREGROUND, 25, SPAWN, become_foreground) \
  X(SEND_NAMESPACES, 26, SETUP, send_namespaces) \
  X(MOUNT_SYS, 27, SETUP, mount_sys) \
  X(BIND, 28, SETUP, bind_mount) \
  X(JOIN_FOR_CHILDREN, 29, SPAWN, join_for_children) \
  X(UNSHARE_MAPPED, 30, SETUP, unshare_mapped) \
  X(OPEN_SOURCE, 31, SETUP, open_source) \
  X(ROOT, 32, BOTH, begin_root) \
  X(MOUNT, 33, BOTH, mount_something) \
  X(END_ROOT, 34, BOTH, end_root) \
  X(BOUND_CAPABILITIES, 35, SPAWN, bound_capabilities) \
  X(KEEP_CAPABILITIES, 36, SPAWN, keep_capabilities) \
  X(SET_CAPABILITIES, 37, SPAWN, set_capabilities) \
  X(NO_NEW_PRIVILEGES, 38, SPAWN, set_no_new_privileges) \
  X(SECCOMP, 39, SPAWN, install_filter) \
  X(NICE, 40, SPAWN, set_nice) \
  X(IO_PRIORITY, 41, SPAWN, set_io_priority) \
  X(SCHEDULER, 42, SPAWN, set_scheduler) \
  X(AFFINITY, 43, SPAWN, set_affinity) \
  X(NEW_KEYRING, 44, SPAWN, start_keyring) \
  X(PERSONALITY, 45, SPAWN, set_personality) \
  X(PARENT_DEATH_SIGNAL, 46, SPAWN, set_parent_death_signal) \
  X(LANDLOCK, 47, SPAWN, restrict_by_landlock) \
  X(MAKE_INNER_USER, 48, SETUP, make_inner_user_namespace) \
  X(ENTER_INNER_USER, 49, SPAWN, enter_inner_user_namespace)
// clang-format on

// Where ENTER_ROOT finds a directory.
//   DESCRIPTOR  the next received descriptor
//   PATH        the next path, inside
#define NSINIT_ENTERS(X) X(DESCRIPTOR, 1) X(PATH, 2)

// The texts follow, each with a NUL at its end, or the 32-bit numbers. They are padded to a multiple of eight bytes.
struct nsinit_operation {
  uint32_t code;
  uint32_t size;  // of this header and what follows it
  union {
    uint64_t numbers[3];
    struct {
      uint64_t uid, gid;
      uint64_t is_optional;  // 1: EINVAL, an id that is not mapped, is ignored
    } set_ids;
    struct {
      uint64_t types;  // CLONE_NEW*
    } unshare, send_namespaces;
    struct {
      uint64_t flags;  // MS_PRIVATE and so on
    } propagation;
    struct {
      uint64_t is_optional;  // 1: whatever is refused is left as it is
    } mount_sys;
    struct {
      uint64_t count;
    } descriptors;
    struct {
      uint64_t resource, soft, hard;
    } rlimit;
    struct {
      uint64_t count;
      uint64_t is_optional;  // 1 if EPERM is ignored
    } groups;
    struct {
      uint64_t id;
    } uid, gid;
    struct {
      uint64_t columns, rows;
      uint64_t settings_size;  // in 32-bit numbers
    } terminal;
    struct {
      uint64_t mask;
    } umask;
    struct {
      uint64_t type;  // CLONE_NEW*
    } join;
    struct {
      uint64_t root, directory;  // NSINIT_ENTER_*
    } enter_root;
    struct {
      uint64_t type, flags;   // SOCK_*, INSIDE_SOCKET_*
      uint64_t address_size;  // in bytes
    } socket;
    struct {
      uint64_t set;  // bit n for capability n. All bits: all that are permitted
    } bound_capabilities, set_capabilities;
    struct {
      uint64_t value;  // an int
    } nice;
    struct {
      uint64_t priority;  // IOPRIO_PRIO_VALUE
    } io_priority;
    struct {
      uint64_t policy, priority;
    } scheduler;
    struct {
      uint64_t count;
    } affinity;
    struct {
      uint64_t flags;
    } personality;
    struct {
      uint64_t signal;
    } parent_death_signal;
    struct {
      uint64_t descriptor;
      uint64_t flags;             // LANDLOCK_RESTRICT_SELF_*
      uint64_t keeps_privileges;  // 1: no_new_privs is not set, even if the kernel then refuses the ruleset
    } landlock;
    struct {
      uint64_t how, flags;  // NSINIT_SOURCE_*
    } open_source;
    struct {
      uint64_t kind, flags;  // NSINIT_ROOT_*, NSINIT_MOUNT_*
      uint64_t layer_count;  // of lower directories
    } root;
    struct {
      uint32_t kind, mode;  // NSINIT_MOUNT_*; of what is made
      uint64_t flags, argument;
    } mount;
    struct {
      uint64_t flags;   // SECCOMP_FILTER_FLAG_*
      uint32_t length;  // in instructions
      uint32_t channel;
      uint64_t keeps_privileges;  // 1: no_new_privs is not set, even if the kernel then refuses the filter
    } seccomp;
    struct {
      uint64_t argument_count, variable_count;
      uint64_t descriptor;  // not 0: the command's descriptor that is executed instead of the file
    } exec;
  } u;
};

#define NSINIT_ENUM(name, value, frame, function) NSINIT_OP_##name = value,
enum nsinit_operation_code { NSINIT_OPERATIONS(NSINIT_ENUM) };
#undef NSINIT_ENUM
#define NSINIT_ENUM(name, value) NSINIT_ENTER_##name = value,
enum nsinit_enter { NSINIT_ENTERS(NSINIT_ENUM) };
#undef NSINIT_ENUM
