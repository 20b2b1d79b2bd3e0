#!/bin/sh
# Runs tests with ThreadSanitizer: npm run tsan -- [PART_OF_A_FILE_NAME...]   (default: those with Workers, and with many commands at once)
#
# The C++ of the addon is built with it, and Node is not. The runtime sees only Node's calls of libc. That is enough to know Node's locks.
# Node's accesses to memory in libc are ignored, because the runtime does not know the locks that Node implements by atomic operations.
# child.c is built without ThreadSanitizer as well: the cloned child runs in Node's memory on its own stack, and calls nothing that the
# runtime would see.
#
# The runtime must come before libc in the order of symbols, so a copy of this Node loads it as its first library, as in
# scripts/sanitize.sh. It must also be initialised before any other library. A program that is built for it does so in its .preinit_array;
# here a library does so that is marked to be initialised first.
#
# Needs gcc, clang with its runtime (Debian's packages clang and libclang-rt-14-dev; the number is clang's), and patchelf.
set -eu
cd "$(dirname "$0")/.."
stage=$PWD/.cache/tsan
reports=$stage/reports
for program in gcc clang++ patchelf; do
  command -v "$program" >/dev/null || { echo "tsan: $program is missing" >&2 && exit 1; }
done

sh scripts/stage.sh "$stage"
mkdir --mode=1777 "$reports"
checks='-g -O1 -fno-omit-frame-pointer -fsanitize=thread'
log=$stage/build.log
if ! (cd "$stage" && CC=gcc CXX=clang++ CXXFLAGS=$checks LDFLAGS="$checks -shared-libsan" \
  npm run --silent install -- --rebuild) >"$log" 2>&1; then
  cat "$log" >&2
  echo 'tsan: the build failed' >&2
  exit 1
fi
nm -D "$stage/build/Release/namespawn.node" | grep -q __tsan_write || { echo 'tsan: the addon was built without it' >&2 && exit 1; }
sh scripts/check-child.sh "$stage/build/Release/obj.target/namespawn/src-native/launch/child.o"

cat >"$stage/start.c" <<END
void __tsan_init(void);
__attribute__((constructor)) static void start(void) { __tsan_init(); }
// A race does not change the exit status of a process, because some tests start Nodes that they kill.
const char *__tsan_default_options(void) {
  return "log_path=$reports/report:ignore_noninstrumented_modules=1:die_after_fork=0:exitcode=0:second_deadlock_stack=1";
}
END
gcc -shared -fPIC -Wl,-z,initfirst -o "$stage/libstart.so" "$stage/start.c"
cp "$(node -p process.execPath)" "$stage/node"
# The library that is added last comes first.
patchelf --add-needed "$(clang++ -print-file-name="libclang_rt.tsan-$(uname -m).so")" "$stage/node"
patchelf --add-needed "$stage/libstart.so" "$stage/node"

sh scripts/set-up.sh
npm run --silent build:test
cp -R dist dist-test test examples lib "$stage"
cp scripts/*.mjs "$stage/scripts"

[ $# -gt 0 ] || set -- workers/ spawn/leaks
status=0
NAMESPAWN_WORKERS=${NAMESPAWN_WORKERS:-45} "$stage/node" "$stage/scripts/test.mjs" --built "$@" || status=$?
if [ -n "$(ls "$reports")" ]; then
  cat "$reports"/* >&2
  echo 'tsan: the runtime has reported something' >&2
  exit 1
fi
echo 'ThreadSanitizer: no report'
exit "$status"
