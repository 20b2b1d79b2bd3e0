#!/bin/busybox sh
# PID 1 of the VM. It mounts the usual file systems, runs /vm/commands/0, 1 and so on, and writes to the result port how each has ended.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/usr/lib/busybox

if [ "$1" != on-a-mount ]; then
  # pivot_root(2) cannot replace the initramfs itself. So everything is moved to a bind mount of it, which is like any other root.
  mount --bind / /newroot
  cd /newroot && mount --move . / && exec chroot . /init on-a-mount
fi

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o nosuid,mode=755 devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts -o nosuid,noexec,gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /dev/shm
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /tmp
mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs /run
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
# Shared, as systemd makes it, so that tests notice if a mount namespace does not make its mounts private.
mount --make-rshared /
hostname vm
ip link set lo up
enable_controllers() { for controller in $(cat "$1/cgroup.controllers"); do echo "+$controller" >"$1/cgroup.subtree_control"; done; }
enable_controllers /sys/fs/cgroup
# Delegated to the ordinary user, as the cgroup of a login session is, so that it may create groups beside its own.
delegated=/sys/fs/cgroup/tester
mkdir "$delegated"
enable_controllers "$delegated"
mkdir "$delegated/session"
for file in "$delegated" "$delegated"/cgroup.procs "$delegated"/cgroup.subtree_control "$delegated"/cgroup.threads \
  "$delegated/session" "$delegated"/session/cgroup.procs; do chown tester:tester "$file"; done

while read -r module; do modprobe "$module" || echo "namespawn-vm: no module $module"; done </vm/modules
port() { for entry in /sys/class/virtio-ports/*; do [ "$(cat "$entry/name" 2>/dev/null)" = "$1" ] && echo "/dev/${entry##*/}" && return; done; }
tries=0
# The ports appear a moment after their driver has been loaded.
until [ -n "$(port result)" ] && [ -n "$(port stdout)" ] && [ -n "$(port stderr)" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ]; then
    echo 'namespawn-vm: the kernel offers no virtio-serial port: virtio_pci and virtio_console are needed'
    poweroff -f
  fi
  sleep 0.1
done
exec 3<>"$(port result)"
echo "started $(uname -r)" >&3

# The host requests this list when the time limit has passed.
(
  read -r _ <&3
  echo 'Processes at the time limit:'
  # Called by its path, because busybox's shell prefers its own applet.
  /usr/bin/ps -ww --ppid 2 -p 2 --deselect -o pid,ppid,user,stat,wchan:20,etime,args
  echo "time-limit-shown" >&3
) >/dev/console 2>&1 &

# Each command runs in its own session, unlike init, its helpers and kernel threads.
left() { /usr/bin/ps -eww -o pid=,sid=,stat=,args= | while read -r pid sid rest; do [ "$sid" = 0 ] || echo "$pid $sid $rest"; done; }

index=0
while read -r name <&4; do
  mkfifo /run/stdout /run/stderr
  cat /run/stdout >"$(port stdout)" 3>&- 4<&- &
  drain_out=$!
  cat /run/stderr >"$(port stderr)" 3>&- 4<&- &
  drain_err=$!
  echo "begin $name" >&3
  setsid /vm/commands/$index </dev/null >/run/stdout 2>/run/stderr 3>&- 4<&-
  status=$?
  # Processes that the command has left running may keep the pipes open. They get a moment to end; the result does not wait for them.
  tries=0
  while [ -n "$(left)" ] && [ $tries -lt 10 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  left | while read -r pid _ rest; do
    echo "left $pid $rest" >&3
    kill -KILL "$pid"
  done
  wait $drain_out $drain_err
  rm -f /run/stdout /run/stderr
  echo "end $status $name" >&3
  index=$((index + 1))
done 4</vm/names
echo 'done' >&3
poweroff -f
