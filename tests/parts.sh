# shellcheck shell=bash disable=SC2317,SC2016,SC2001
# The parts of `./lab test`, sourced by lab. A part is a function part_NAME that counts what it finds with `count`.
# Each part that builds has a directory of its own below build/, so that parts do not undo each other's work.

default_parts=(tests)
# What .ci/run asks for, below 20 minutes on two processors.
ci_parts=(format tests check clang sanitize fuzz libcxx tidy)
all_parts=("${ci_parts[@]}" long install qemu roots)

passed=0 failed=0 skipped=0
count() { # count PASSED FAILED SKIPPED
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}
skip() {
    say "skipped: $*"
    count 0 0 1
}

# verdict COMMAND...: one check that passes or fails as a whole. A status of 77 is a skip, told by the command itself.
verdict() {
    local status=0
    "$@" || status=$?
    case $status in
    0) count 1 0 0 ;;
    77) count 0 0 1 ;;
    *)
        say "failed: $1"
        count 0 1 0
        ;;
    esac
}

# attempt COMMAND...: what a part needs before it can begin; where that fails the part has failed.
attempt() {
    ("$@") || {
        count 0 1 0
        return 1
    }
}

# ctest_in DIR [OPTION...]: runs the tests of a build and counts what its report says.
ctest_in() {
    local dir=$1 report=$1/report.xml total bad skips
    shift
    rm -f "$report"
    ctest --test-dir "$dir" --parallel "$(nproc)" --timeout 600 --output-on-failure --output-junit report.xml "$@" \
        >"$dir/ctest.log" 2>&1 || sed -n '/^ *[0-9]*\/[0-9]* .*\(Passed\|Skipped\)/!p' "$dir/ctest.log" | tail -n 400
    # The head of the report has one attribute a line: tests="312" failures="0" disabled="0" skipped="2".
    attribute() { sed -n "s/^.*[[:space:]]$1=\"\([0-9]*\)\".*/\1/p" "$report" 2>/dev/null | head -n 1; }
    total=$(attribute tests) bad=$(attribute failures) skips=$(attribute skipped)
    if [[ ! $total ]]; then
        cat "$dir/ctest.log"
        verdict false
        return
    fi
    # What was skipped, each with its reason.
    awk -F '"' '/<testcase name=/ { name = $2; told = $0 !~ /status="notrun"/ }
        /^ *skipped: / && !told { sub(/^ *skipped: /, ""); print "    skipped: " name ": " $0; told = 1 }' "$report"
    count $((total - bad - skips)) "$bad" "$skips"
}

# Format, build and test with the compiler that everybody has.
part_tests() {
    need strace="the tools' own system calls, to compare with"
    attempt build_nslab all || return 0
    ctest_in "$build" --label-exclude long
}

# The tests that take minutes.
part_long() {
    attempt build_nslab all || return 0
    ctest_in "$build" --label-regex long
}

# Every scenario, against the kernel of this machine.
part_check() {
    attempt build_nslab nslab || return 0
    check_scenarios() {
        local status=0
        "$build/nslab" check --quiet "$root/scenarios" || status=$?
        case $status in
        3) say "this kernel is not of the model's release: only what its release explains differs" && return 0 ;;
        4) say "nothing could be compared on this machine" && return 77 ;;
        esac
        return "$status"
    }
    verdict check_scenarios
}

part_format() {
    need clang-format="the layout of the code" shellcheck="a reader of the scripts"
    verdict shellcheck --severity=warning "$root/lab" "$root/.ci/run" "$root"/tests/*.sh "$root"/tests/*/*.sh \
        "$root/completion/nslab.bash"
    if [[ $(clang-format --version) != *" 14."* ]]; then
        skip "clang-format is not 14, which lays out some lines in another way"
        return
    fi
    verdict format
}
format() {
    local bad
    bad=$(find "$root/sim" "$root/tests" -name "*.[ch]pp" -print0 |
        xargs -0 clang-format --dry-run -Werror 2>&1 | sed -n "s|^$root/||; "'s/^\([^ :]*\):[0-9]*:.*error:.*/\1/p' | sort -u)
    [[ ! $bad ]] && return
    sed 's/^/    clang-format -i /' <<<"$bad" >&2
    return 1
}

# One build with clang serves three parts: no warning, the sanitizers, and the fuzzer.
build_clang() {
    need_build
    need clang="the second compiler, the sanitizers and the fuzzer" libclang-rt-dev="their runtime"
    configure "$build/clang" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -gline-tables-only" \
        -DNSLAB_AUDIT=ON -DNSLAB_FUZZ=ON -DNSLAB_SANITIZE=address,undefined \
        -DCMAKE_COMPILE_WARNING_AS_ERROR="$(strict_clang)"
    build "$build/clang" all
}
strict_clang() { [[ $(clang++ -dumpversion) == 14.* ]] && echo ON || echo OFF; }

part_clang() { attempt build_clang && count 1 0 0; }

part_sanitize() {
    attempt build_clang || return 0
    ctest_in "$build/clang" --label-exclude long
}

# The parser eats what a stranger may send: a minute of it, from the scenarios as seeds.
part_fuzz() {
    attempt build_clang || return 0
    local target seconds=${NSLAB_FUZZ_SECONDS:-60}
    for target in "$build"/clang/tests/fuzz_*; do
        [[ -f $target && -x $target ]] || continue # beside it stands the folder of its seeds
        mkdir -p "$target.corpus"
        # Scenarios of different folders may have one name.
        find "$root/scenarios" -name "*.scn" -exec cp --backup=numbered -t "$target.corpus" {} +
        verdict fuzz "$target" "$seconds"
    done
}
fuzz() {
    "$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -artifact_prefix="$1." "$1.corpus" \
        >"$1.log" 2>&1 || { tail -n 40 "$1.log" && return 1; }
}

# The model runs in a browser too, where the library is libc++.
part_libcxx() {
    need_build
    need clang="the second compiler" libc++-dev="its own library" libc++abi-dev="its own library"
    configure "$build/libcxx" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS=-stdlib=libc++ \
        -DNSLAB_TESTS=OFF -DCMAKE_COMPILE_WARNING_AS_ERROR="$(strict_clang)"
    attempt build "$build/libcxx" nslab_linux nslab_syscall && count 1 0 0
}

# clang-tidy reads every file of the program; what it found clean and has not changed since is not read again.
part_tidy() {
    need_build
    need clang="the second compiler" clang-tidy="a second reader of the code"
    if [[ $(clang-tidy --version) != *" 14."* ]]; then
        skip "clang-tidy is not 14, whose checks the code is held to"
        return
    fi
    configure "$build"
    verdict tidy
}
tidy() {
    local stamps=$build/tidy
    mkdir -p "$stamps"
    export root build stamps
    find "$root/sim" -name "*.cpp" -print0 | xargs -0 -P "$(nproc)" -n 1 bash -c '
        # The stamp is a sum of all that the reader saw: the file with its headers, and the checks.
        sum=$(cat "$root/.clang-tidy" <(clang++ -std=c++20 -I"$root" -E -P "$1" 2>/dev/null) | sha256sum)
        stamp=$stamps/${sum%% *}
        [[ -f $stamp ]] && exit 0
        clang-tidy --quiet -p "$build" "$1" 2>/dev/null && touch "$stamp"' tidy || return 1
}

# Installs into an empty folder, and builds the one static file.
part_install() {
    attempt build_nslab nslab || return 0
    verdict "$root/tests/install/install.sh" "$build"
}

# Boots the static nslab as init on Debian's cloud kernels.
part_qemu() {
    need_build
    need qemu-system-x86="boots other kernels" cpio="packs the initramfs"
    verdict "$root/tests/qemu/run.sh"
}

# Does all that a newcomer does, in fresh roots of Debian 12 and 13.
part_roots() {
    need debootstrap="fresh roots of Debian"
    verdict "$root/tests/install/roots.sh" bookworm
    verdict "$root/tests/install/roots.sh" trixie
}

run_parts() {
    local parts=() part start
    case ${1:-} in
    '') parts=("${default_parts[@]}") ;;
    --all) parts=("${all_parts[@]}") ;;
    --ci) parts=("${ci_parts[@]}") ;;
    -*) die "test: unknown option $1; there is --all, and the parts: ${all_parts[*]}" ;;
    *) parts=("$@") ;;
    esac
    for part in "${parts[@]}"; do
        [[ " ${all_parts[*]} " == *" $part "* ]] || die "test: no part is named $part; there are: ${all_parts[*]}"
    done
    for part in "${parts[@]}"; do
        start=$SECONDS
        say "$part ..."
        "part_$part"
        say "$part took $((SECONDS - start)) s ($passed passed, $failed failed, $skipped skipped so far)"
    done
    printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
    ((failed == 0))
}
