// The file system of a mount namespace. Sources are opened first, while every path still leads to what the caller sees. Then ROOT, any number
// of MOUNT, and END_ROOT follow.
//
//   source.c       opens what is mounted later
//   root.c         begins the root, and ends with the old one detached
//   mount.c        carries out MOUNT
//   destination.c  finds and makes destinations
//   file_system.c  makes file systems, and attaches them
//   overlay.c      makes overlays
#pragma once

#include <asm/stat.h>
#include <linux/limits.h>

#include "../kernel.h"
#include "../nsinit.h"

// A process has no more descriptors than that by default, and a namespace may have 100,000 mounts.
#define SOURCES_MAX 4096
#define FILE_SYSTEMS_MAX 1024

struct file_system {
  // The sources in the order in which they are used. One that was left out is negative.
  int sources[SOURCES_MAX];
  uint32_t source_count, sources_taken;
  // The devices (st_dev) of the file systems that nsinit has made. Only there does it make directories and files.
  uint64_t own[FILE_SYSTEMS_MAX];
  uint32_t own_count;
  // Mounts that become read-only at the end, when everything below them is made.
  int read_only[FILE_SYSTEMS_MAX];
  uint32_t read_only_count;
  // Descriptors. They are 0 before ROOT, which is the number of the channel.
  int root;      // in which destinations are looked up
  int stage;     // a tmpfs that no path leads to
  int old_proc;  // of a mount namespace that nsinit has left
  int is_new;    // whether the root replaces the old one
  uint32_t stage_names;
  long umask;
  char directory[PATH_MAX];  // the working directory before
};
extern struct file_system file_system;

// source.c
// Returns the next source. It is -ENOENT if the source was left out.
long next_source(void);

// destination.c
// Opens what is at a path below the root. It follows no link, and does not leave the root.
long find_destination(const char *path);
// The same, and makes what is missing: directories, and last a directory or an empty file of the type.
long make_destination(const char *path, int is_directory, uint32_t mode);
// Makes the parent of a path, and returns it and the last name of the path. The descriptor is closed by forget_parent().
long make_parent(const char *path, const char **name);
// To be called when something covers directories.
void forget_parent(void);
// Refuses to make anything in a directory that belongs to the host.
long check_is_own(long directory);
// Returns 1 for a directory, 0 for another file.
long is_folder(long file);

// file_system.c
// Makes a file system of a type with pairs of a parameter and its value, and returns its mount, which is attached nowhere.
long make_file_system(const char *type, uint64_t attributes, const char *parameters, uint64_t pairs);
// The same in steps: opens a context for parameters, and makes the mount.
long open_file_system(const char *type);
long create_mount(long context, uint64_t attributes);
// Remembers that nsinit has made the file system.
long add_own(long mount);
long set_attributes(long mount, uint64_t attributes, unsigned flags);
long attach(long mount, long destination);
// Attaches over the root directory, where no path leads, because the root of this process stays below it.
long attach_over_root(long mount);
long make_read_only_at_end(long mount);
// A new name in the stage.
const char *next_stage_name(void);

// overlay.c
long make_overlay(uint64_t flags, uint64_t layer_count);
