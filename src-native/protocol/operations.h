// The operations of a plan: what nsinit does for its own set-up, and what a command's process does before it executes the command.
#pragma once

#include <stdint.h>

// Operations. One table for all that is to be said of each: its number; the frame that may hold it (SETUP, SPAWN, or BOTH); and the
// function of nsinit that runs it (nsinit/operations.c). struct nsinit_operation says what its numbers are, and here is what the texts
// behind it are:
//   WRITE         path, content (/proc/self/uid_map, timens_offsets ...)
//   AWAIT_MAPS    Node writes the id maps; nsinit waits for MAPS_WRITTEN
//   SET_IDS       sets the uid and gid of nsinit in the new user namespace, without supplementary groups
//   UNSHARE
//   HOSTNAME      the name
//   DOMAINNAME    the name
//   LOOPBACK      sets the interface lo up
//   PROPAGATION   of the whole tree of mounts
//   MOUNT_PROC    where
//   DESCRIPTORS   behind it, as uint32_t, the number that each received descriptor gets
//   SESSION       setsid
//   RLIMIT
//   GROUPS        behind it, as uint32_t, the ids
//   GID, UID      real, effective, saved and file system
//   CHDIR         the directory
//   CAPABILITIES  clears the ambient and the inheritable set
//   TERMINAL      opens a pseudo-terminal, sends its master through descriptor 0, and makes its slave the controlling terminal and the
//                 descriptors 0 to 2; behind it, where settings_size is not 0, the struct termios of TCGETS
//   UMASK
//   JOIN          enters the namespace that the next received descriptor is of
//   ENTER_ROOT    changes the root directory and the working directory; behind it the paths of those that are named by a path
//   START_INIT    creates the PID namespace and goes on as its PID 1 in a new process; the old one waits for its end
//   SOCKET        makes a socket (inside_socket.h) and sends it through the next received descriptor; behind it, as uint32_t, the address
//   EXEC          file, arguments, environment
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
  X(SOCKET, 24, SETUP, send_socket)
// clang-format on

// Where ENTER_ROOT finds a directory.
#define NSINIT_ENTER_DESCRIPTOR 1u  // the next that was received
#define NSINIT_ENTER_PATH 2u        // the next path, inside

// Texts follow it, each closed by a NUL, or 32-bit numbers, filled up to a multiple of eight.
struct nsinit_operation {
  uint32_t code;
  uint32_t size;  // with this header
  union {
    uint64_t numbers[3];
    struct {
      uint64_t uid, gid;
      uint64_t is_optional;  // 1: EINVAL, an id that is not mapped, is ignored
    } set_ids;
    struct {
      uint64_t types;  // CLONE_NEW*
    } unshare;
    struct {
      uint64_t flags;  // MS_PRIVATE ...
    } propagation;
    struct {
      uint64_t count;
    } descriptors;
    struct {
      uint64_t resource, soft, hard;
    } rlimit;
    struct {
      uint64_t count;
      uint64_t is_optional;  // 1: EPERM is ignored
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
      uint64_t argument_count, variable_count;
    } exec;
  } u;
};

#define NSINIT_ENUM(name, value, frame, function) NSINIT_OP_##name = value,
enum nsinit_operation_code { NSINIT_OPERATIONS(NSINIT_ENUM) };
#undef NSINIT_ENUM
