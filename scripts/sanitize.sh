#!/bin/sh
# Runs tests with AddressSanitizer and UndefinedBehaviorSanitizer: npm run sanitize -- [PART_OF_A_FILE_NAME...]
#
# The C++ of the addon is built with both. Node is not, but the allocator of the sanitizer must replace libc's. So the tests run with a copy
# of this Node that is patched to load the runtime as its first library. LD_PRELOAD would affect every command of a test as well.
#
# nsinit has no libc, and child.c runs in Node's memory beside Node, so neither can use a runtime. They are built with
# UndefinedBehaviorSanitizer in trap mode only: undefined behaviour ends them by SIGILL, and the test fails. scripts/fuzz.sh runs nsinit's
# code with AddressSanitizer on a simulated kernel.
#
# Needs gcc, clang with its runtime (Debian's packages clang and libclang-rt-14-dev; the number is clang's), and patchelf.
set -eu
cd "$(dirname "$0")/.."
stage=$PWD/.cache/sanitize
reports=$stage/reports
for program in gcc clang++ patchelf; do
  command -v "$program" >/dev/null || { echo "sanitize: $program is missing" >&2 && exit 1; }
done

sh scripts/stage.sh "$stage"
mkdir --mode=1777 "$reports" # tests drop privileges
# A report ends the process, because the test would pass otherwise.
checks='-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined,float-divide-by-zero -fno-sanitize-recover=all'
trap='-fsanitize=undefined,float-cast-overflow,float-divide-by-zero,bounds-strict -fsanitize-undefined-trap-on-error'
log=$stage/build.log
if ! (cd "$stage" && CC=gcc CXX=clang++ CFLAGS=$trap CXXFLAGS=$checks LDFLAGS="$checks -shared-libasan" NSINIT_CFLAGS=$trap \
  npm run --silent install -- --rebuild) >"$log" 2>&1; then
  cat "$log" >&2
  echo 'sanitize: the build failed' >&2
  exit 1
fi
# Checks that the flags were used: without them there are only a few of these instructions. Without a runtime the addon could not be loaded.
traps=$(objdump --disassemble "$stage/build/Release/nsinit" | grep -c 'ud2\|brk')
[ "$traps" -gt 100 ] || { echo 'sanitize: nsinit was built without a sanitizer' >&2 && exit 1; }
sh scripts/check-child.sh "$stage/build/Release/obj.target/namespawn/src-native/launch/child.o"

# The options are compiled in, because some tests start Node with another environment. Leaks do not change the exit status of a process.
cat >"$stage/options.c" <<END
#define OPTIONS "log_path=$reports/report:verify_asan_link_order=0:abort_on_error=1:exitcode=0:print_stacktrace=1:quarantine_size_mb=64"
const char *__asan_default_options(void) { return OPTIONS; }
const char *__ubsan_default_options(void) { return OPTIONS; }
// Node 20 frees the 40 bytes of an external value when the value is collected, but not if the environment ends before.
const char *__lsan_default_suppressions(void) { return "leak:napi_create_external\\n"; }
END
gcc -shared -fPIC -o "$stage/liboptions.so" "$stage/options.c"
runtime=$(clang++ -print-file-name="libclang_rt.asan-$(uname -m).so")
cp "$(node -p process.execPath)" "$stage/node"
# The library that is added last comes first, before the runtime, which has functions of these names as well.
patchelf --add-needed "$runtime" "$stage/node"
patchelf --add-needed "$stage/liboptions.so" "$stage/node"

sh scripts/set-up.sh
npm run --silent build:test
cp -R dist dist-test test examples lib "$stage"
cp scripts/*.mjs "$stage/scripts"

# LeakSanitizer stops the threads of a process by ptrace and reads its /proc/PID/task. It can do neither in a process that a debugger traces,
# nor in one that has changed its effective ids, because such a process is not dumpable. These tests run without it.
without_leaks='spawn/changed-ids spawn/debugger'
run_tests() { "$stage/node" "$stage/scripts/test.mjs" --built "$@" || status=$?; }
status=0
# All tests that execute native code, except spawn/lifeline and features/order, which kill Nodes and so show nothing to a sanitizer, and
# features/landlock and features/prepared-root, which run this Node where it does not find the libraries of the sanitizers, or /proc.
if [ $# -eq 0 ]; then
  for folder in spawn features init sandbox sys inspect/handle pty ipc; do
    for file in dist-test/"$folder"/*.test.js; do
      name=${file#dist-test/}
      case " $without_leaks spawn/lifeline features/order features/landlock features/prepared-root " in
        *" ${name%.test.js} "*) ;;
        *) set -- "$@" "$name" ;;
      esac
    done
  done
  # shellcheck disable=SC2086 # two names
  ASAN_OPTIONS=detect_leaks=0 run_tests $without_leaks
fi
run_tests "$@"
node scripts/sanitizer-reports.mjs "$reports" || status=1
exit "$status"
