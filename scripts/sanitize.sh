#!/bin/sh
# Runs tests with AddressSanitizer and UndefinedBehaviorSanitizer: npm run sanitize -- [PART_OF_A_FILE_NAME...]
#
# The addon's C++ is built with both. Node is not, but the sanitizer's allocator must come before libc's: so a copy of this Node runs
# the tests which names the runtime as the first library that it needs. LD_PRELOAD would do the same to every command of a test.
#
# nsinit has no libc, and child.c runs in Node's memory beside Node: no runtime can be there. They are built with
# UndefinedBehaviorSanitizer alone, and what it finds ends them by SIGILL, which fails the test. AddressSanitizer looks at nsinit's
# code in scripts/fuzz.sh, which runs it over a kernel of its own.
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
# A finding ends the process: the test would pass otherwise.
checks='-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined,float-divide-by-zero -fno-sanitize-recover=all'
trap='-fsanitize=undefined,float-cast-overflow,float-divide-by-zero,bounds-strict -fsanitize-undefined-trap-on-error'
log=$stage/build.log
if ! (cd "$stage" && CC=gcc CXX=clang++ CFLAGS=$trap CXXFLAGS=$checks LDFLAGS="$checks -shared-libasan" NSINIT_CFLAGS=$trap \
  npm run --silent install -- --rebuild) >"$log" 2>&1; then
  cat "$log" >&2
  echo 'sanitize: the build failed' >&2
  exit 1
fi
# That the flags have arrived: of these there are a few otherwise. Without a runtime the addon could not be loaded.
traps=$(objdump --disassemble "$stage/build/Release/nsinit" | grep -c 'ud2\|brk')
[ "$traps" -gt 100 ] || { echo 'sanitize: nsinit was built without a sanitizer' >&2 && exit 1; }
sh scripts/check-child.sh "$stage/build/Release/obj.target/namespawn/src-native/child.o"

# The options are compiled in: some tests start Node with an environment of their own. Leaks do not change how a process ends.
cat >"$stage/options.c" <<END
#define OPTIONS "log_path=$reports/report:verify_asan_link_order=0:abort_on_error=1:exitcode=0:print_stacktrace=1:quarantine_size_mb=64"
const char *__asan_default_options(void) { return OPTIONS; }
const char *__ubsan_default_options(void) { return OPTIONS; }
// Node 20 frees the 40 bytes that it makes for an external value when that is collected, and not when the environment ends before.
const char *__lsan_default_suppressions(void) { return "leak:napi_create_external\\n"; }
END
gcc -shared -fPIC -o "$stage/liboptions.so" "$stage/options.c"
runtime=$(clang++ -print-file-name="libclang_rt.asan-$(uname -m).so")
cp "$(node -p process.execPath)" "$stage/node"
# What is added last comes first: before the runtime, which has functions of these names, too.
patchelf --add-needed "$runtime" "$stage/node"
patchelf --add-needed "$stage/liboptions.so" "$stage/node"

sh scripts/set-up.sh
npm run --silent build:test
cp -R dist dist-test test examples lib "$stage"
cp scripts/*.mjs "$stage/scripts"

# Whatever drives native code, but for spawn/lifeline: a minute of Nodes that are killed, of which a sanitizer learns nothing.
if [ $# -eq 0 ]; then
  for folder in spawn init sandbox sys handle pty ipc; do
    for file in dist-test/"$folder"/*.test.js; do
      [ "$file" = dist-test/spawn/lifeline.test.js ] || set -- "$@" "${file#dist-test/}"
    done
  done
fi
status=0
"$stage/node" "$stage/scripts/test.mjs" --built "$@" || status=$?
node scripts/sanitizer-reports.mjs "$reports" || status=1
exit "$status"
