# shellcheck shell=bash disable=SC2317,SC2016,SC2001
# The parts of `./lab test`, sourced by lab. A part is a function part_NAME that counts what it finds with `count`.
# Each part that builds has a directory of its own below build/, so that parts do not undo each other's work.

default_parts=(tests)
# What .ci/run asks for, below 20 minutes on two processors.
ci_parts=(format tests check campaign player clang sanitize fuzz libcxx tidy)
all_parts=("${ci_parts[@]}" long install qemu roots)

ci= # whether .ci/run asks
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

# optional ITEM...: what a part needs beyond the build, as need() takes it. Where it cannot be had the part is skipped and
# says so; the other parts go on.
optional() {
    (need "$@") && return
    skip "this part needs ${*%%=*}, and apt-get could not bring it"
    return 1
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
    awk -F '"' '/<testcase name=/ { name = $2; gsub(/&apos;/, "\047", name); told = $0 !~ /status="notrun"/ }
        /^ *skipped: / && !told { sub(/^ *skipped: /, ""); print "    skipped: " name ": " $0; told = 1 }' "$report"
    count $((total - bad - skips)) "$bad" "$skips"
}

# build_units DIR TARGET: a whole build, several files of a layer compiled as one, which takes less than half the time. A
# layer in which two files have something of one name cannot be built so; it is built file by file.
build_units() {
    local dir=$1 target=$2 out bad layers
    layers=$(sed -n 's/^NSLAB_UNITY:.*=//p' "$dir/CMakeCache.txt")
    while [[ $layers ]]; do
        out=$(ninja -C "$dir" --quiet -k 0 "$target" 2>&1) && return
        # The program's own files are the layer "cli", and their target has no layer in its name.
        bad=$(sed -n 's|^FAILED: .*CMakeFiles/nslab_\{0,1\}\([a-z]*\)\.dir/Unity/.*|\1|p' <<<"$out" | sed 's/^$/cli/' | sort -u)
        [[ $bad ]] || break # it is nothing that another layout would mend
        say "file by file, since names meet: ${bad//$'\n'/ }"
        layers=$(tr ';' '\n' <<<"$layers" | grep -vxF "$bad" | paste -sd ';' || true)
        cmake -S "$root" -B "$dir" "-DNSLAB_UNITY=$layers" >/dev/null 2>&1 || break
    done
    build "$dir" "$target"
}
units=-DNSLAB_UNITY='linux;syscall;backend;scenario;compare;replay;live;viz;cli;tests'

# The program and the tests, with the compiler that everybody has; in CI, where nothing is there yet, several files as one.
build_all() {
    if [[ $ci ]]; then
        need_build
        configure_nslab "$units"
        build_units "$build" all
    else
        build_nslab all
    fi
}

# Build and test with the compiler that everybody has.
part_tests() {
    # Without it some tests are skipped, and say so.
    (need strace:strace="the tools' own system calls, to compare with" dot:graphviz="lays the drawings out") || true
    need_counts
    attempt build_all || return 0
    ctest_in "$build" --label-exclude long
}

# The tests that take minutes.
part_long() {
    attempt build_all || return 0
    ctest_in "$build" --label-regex long
}

# Every scenario, against the kernel of this machine.
part_check() {
    need_counts
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

# The pages of nslab show in headless Chromium. Only this part needs a browser, and what drives it.
part_player() {
    attempt build_nslab nslab || return 0
    # The test itself says what it misses and skips; npm may have come with a node from elsewhere.
    local item
    for item in dot:graphviz="lays the drawings out" node:nodejs="drives the browser" \
        npm:npm="fetches Playwright, which drives the browser" chromium:chromium="the browser"; do
        (need "$item") || say "going on without ${item%%:*}"
    done
    export PLAYER_DIR=$build/player
    verdict "$root/tests/player/run.sh" "$build/nslab" "$root"
}

# Machine-made scenarios against the kernel, a minute in all: half with a fixed seed, half with a fresh one.
part_campaign() {
    attempt build_nslab nslab || return 0
    local half=$((${NSLAB_CAMPAIGN_SECONDS:-60} / 2)) fresh status=0
    # Many scenarios in that time, or fewer on a slow machine, but none behind those that are known to agree.
    verdict campaign --seed 1 --runs 320 --time "${half}s"
    fresh=$(($(date +%s) * 1000))
    say "the fresh seed is $fresh"
    # What a fresh seed finds says nothing about the change that is tested: it may have been there long before. So it is
    # told as loudly as can be, with its seed and its shrunk scenario, and counted as skipped.
    campaign --seed "$fresh" --time "${half}s" --most 1 || status=$?
    case $status in
    0) count 1 0 0 ;;
    77) count 0 0 1 ;;
    *)
        say "THE FRESH SEED $fresh FOUND SOMETHING: see above; again with: nslab fuzz --seed $fresh --time ${half}s"
        skip "fresh seed $fresh: what it found says nothing about the change that is tested"
        ;;
    esac
}
campaign() {
    # On a machine without sandboxes there is nothing to compare.
    local status=0
    "$build/nslab" fuzz "$@" || status=$?
    ((status != 4)) || { say "skipped: this machine allows no sandbox" && return 77; }
    return "$status"
}

part_format() {
    optional clang-format:clang-format="the layout of the code" shellcheck:shellcheck="a reader of the scripts" || return 0
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
    bad=$(find "$root/sim" "$root/viz" "$root/tests" -name "*.[ch]pp" -print0 |
        xargs -0 clang-format --dry-run -Werror 2>&1 | sed -n "s|^$root/||; "'s/^\([^ :]*\):[0-9]*:.*error:.*/\1/p' | sort -u)
    [[ ! $bad ]] && return
    sed 's/^/    clang-format -i /' <<<"$bad" >&2
    return 1
}

# One build with clang serves three parts: no warning, the sanitizers, and the fuzzer.
build_clang() {
    need_build
    configure "$build/clang" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -gline-tables-only" \
        -DNSLAB_AUDIT=ON -DNSLAB_FUZZ=ON -DNSLAB_SANITIZE=address,undefined "$units" \
        -DCMAKE_COMPILE_WARNING_AS_ERROR="$(strict_clang)"
    build_units "$build/clang" all
}
strict_clang() { [[ $(clang++ -dumpversion) == 14.* ]] && echo ON || echo OFF; }

clang_or_skip() {
    optional clang++:clang="the second compiler, the sanitizers and the fuzzer" libclang-rt-dev="their runtime" || return 1
    attempt build_clang
}

part_clang() { clang_or_skip && count 1 0 0; }

part_sanitize() {
    clang_or_skip || return 0
    # How `nslab check` dies is tested above already, 200 times.
    NSLAB_KILLS=40 ctest_in "$build/clang" --label-exclude long
}

# The parser eats what a stranger may send: a minute of it, from the scenarios as seeds.
part_fuzz() {
    clang_or_skip || return 0
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
    optional clang++:clang="the second compiler" libc++-dev="its own library" libc++abi-dev="its own library" || return 0
    attempt build_libcxx && count 1 0 0
}
build_libcxx() {
    need_build
    configure "$build/libcxx" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS=-stdlib=libc++ \
        -DNSLAB_TESTS=OFF "$units" -DCMAKE_COMPILE_WARNING_AS_ERROR="$(strict_clang)"
    build_units "$build/libcxx" nslab_syscall # and nslab_linux, which it uses
}

# clang-tidy reads every file of the program, in CI those of the model and the system calls (all of them take a quarter of an
# hour on two processors, more than CI has to give), several of a folder as one, since most of what it reads are the same
# headers; where names meet, file by file. What it found clean and has not changed since is not read again.
part_tidy() {
    optional clang++:clang="the second compiler" clang-tidy:clang-tidy="a second reader of the code" || return 0
    if [[ $(clang-tidy --version) != *" 14."* ]]; then
        skip "clang-tidy is not 14, whose checks the code is held to"
        return
    fi
    attempt build_nslab nslab_generated || return 0
    verdict tidy
}
tidy() {
    local stamps=$build/tidy folders=("$root/sim" "$root/viz") folder files i
    [[ ! $ci ]] || folders=("$root/sim/linux" "$root/sim/syscall")
    rm -rf "$stamps/units"
    mkdir -p "$stamps/units"
    while read -r folder; do
        files=("$folder"/*.cpp)
        for ((i = 0; i < ${#files[@]}; i += 8)); do
            printf '#include "%s" // NOLINT(bugprone-suspicious-include)\n' "${files[@]:i:8}" >"$stamps/units/$(tr / - <<<"${folder#"$root"/}")-$i.cpp"
        done
    done < <(find "${folders[@]}" -name "*.cpp" -printf '%h\n' | sort -u)
    export root build stamps
    find "$stamps/units" -name "*.cpp" -print0 | xargs -0 -P "$(nproc)" -n 1 bash -c '
        flags=(-std=c++20 "-I$root")
        # The stamp is a sum of all that the reader saw: the files with their headers, and the checks.
        if clang++ "${flags[@]}" -fsyntax-only -w "$1" 2>/dev/null; then
            sum=$(cat "$root/.clang-tidy" <(clang++ "${flags[@]}" -E -P "$1") | sha256sum)
            stamp=$stamps/${sum%% *}
            [[ -f $stamp ]] && exit 0
            clang-tidy --quiet "$1" -- "${flags[@]}" 2>/dev/null && touch "$stamp"
            exit
        fi
        sed -n "s/^#include \"\(.*\)\".*/\1/p" "$1" | xargs clang-tidy --quiet -p "$build" 2>/dev/null' tidy || return 1
}

# Installs into an empty folder, and builds the one static file.
part_install() {
    attempt build_nslab nslab || return 0
    verdict "$root/tests/install/install.sh" "$build"
}

# Boots the static nslab as init on Debian's cloud kernels.
part_qemu() {
    attempt need_build || return 0
    optional qemu-system-x86_64:qemu-system-x86="boots other kernels" cpio:cpio="packs the initramfs" || return 0
    verdict "$root/tests/qemu/run.sh"
}

# Does all that a newcomer does, in fresh roots of Debian 12 and 13.
part_roots() {
    optional debootstrap:debootstrap="fresh roots of Debian" || return 0
    verdict "$root/tests/install/roots.sh" bookworm
    verdict "$root/tests/install/roots.sh" trixie
}

run_parts() {
    local parts=() part start
    case ${1:-} in
    '') parts=("${default_parts[@]}") ;;
    --all) parts=("${all_parts[@]}") ;;
    --ci) ci=yes parts=("${ci_parts[@]}") ;;
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
