// What the operations OPEN_SOURCE, ROOT and MOUNT may be asked for.
#pragma once

// How OPEN_SOURCE opens a path that a later operation uses.
//   TREE            a clone of the mount at the path, from the path downwards
//   RECURSIVE_TREE  the same with all mounts below it
//   LAYER           a lower directory of an overlay
//   UPPER           an upper or a work directory of an overlay. nsinit locks it as long as it lives
#define NSINIT_SOURCES(X) X(TREE, 1) X(RECURSIVE_TREE, 2) X(LAYER, 3) X(UPPER, 4)

// The flags of OPEN_SOURCE.
//   OPTIONAL    a source that does not exist is left out, and what it is for as well
//   DESCRIPTOR  the source is the next received descriptor
#define NSINIT_SOURCE_FLAGS(X) X(OPTIONAL, 1) X(DESCRIPTOR, 2)

// The root directory that ROOT begins.
//   HOST      that of the mount namespace as it is
//   READONLY  the same, with every mount read-only
//   EMPTY     an empty tmpfs
//   BIND      the next source
//   OVERLAY   an overlay of the next sources
#define NSINIT_ROOTS(X) X(HOST, 0) X(READONLY, 1) X(EMPTY, 2) X(BIND, 3) X(OVERLAY, 4)

// What MOUNT makes at its destination. The texts begin with the destination, an absolute path without "." and "..".
//   FILE_SYSTEM  a new file system: its type follows, and then as many pairs of a parameter and its value as the argument says
//   BIND         the next source
//   OVERLAY      an overlay: the argument is the number of lower directories among the next sources
//   FILE         a file. Its content follows, whose size is the argument
//   DIRECTORY    a directory
//   SYMLINK      a symbolic link: its target follows
//   MASK         hides a directory by an empty one, and a file by the next source, /dev/null
//   SEAL         nothing is made any more in the file systems that were made before
#define NSINIT_MOUNTS(X) \
  X(FILE_SYSTEM, 1) X(BIND, 2) X(OVERLAY, 3) X(FILE, 4) X(DIRECTORY, 5) X(SYMLINK, 6) X(MASK, 7) X(SEAL, 8)

// The flags of MOUNT and ROOT. The first four have the values of MOUNT_ATTR_* of the kernel.
//   OPTIONAL    a missing destination (MASK), or what the kernel refuses (FILE_SYSTEM, OVERLAY), is left out
//   HAS_UPPER   the sources of an overlay end with an upper and a work directory
//   USER_XATTR  the overlay keeps its marks in user.* attributes, because this user may not write trusted.* ones
//   NEEDS_STAGE ROOT also makes a tmpfs for files and for upper directories, which no path leads to
#define NSINIT_MOUNT_FLAGS(X) \
  X(READ_ONLY, 1)             \
  X(NOSUID, 2) X(NODEV, 4) X(NOEXEC, 8) X(OPTIONAL, 256) X(HAS_UPPER, 512) X(USER_XATTR, 1024) X(NEEDS_STAGE, 2048)
#define NSINIT_MOUNT_ATTRIBUTES 15u

#define NSINIT_ENUM(name, value) NSINIT_SOURCE_##name = value,
enum nsinit_source { NSINIT_SOURCES(NSINIT_ENUM) };
enum nsinit_source_flag { NSINIT_SOURCE_FLAGS(NSINIT_ENUM) };
#undef NSINIT_ENUM
#define NSINIT_ENUM(name, value) NSINIT_ROOT_##name = value,
enum nsinit_root { NSINIT_ROOTS(NSINIT_ENUM) };
#undef NSINIT_ENUM
#define NSINIT_ENUM(name, value) NSINIT_MOUNT_##name = value,
enum nsinit_mount { NSINIT_MOUNTS(NSINIT_ENUM) };
#undef NSINIT_ENUM
#define NSINIT_ENUM(name, value) NSINIT_MOUNT_##name = value,
enum nsinit_mount_flag { NSINIT_MOUNT_FLAGS(NSINIT_ENUM) };
#undef NSINIT_ENUM
