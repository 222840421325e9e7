// Tasks of a world with the reference counts that no file of /proc shows: an iterator over tasks (bpf_iter) that the
// sandbox reads as a file. The structures here name the few fields that are read; their places in the running kernel
// come from its own type information (CO-RE), so that no header of a kernel is needed.

#include "record.h"

typedef unsigned char __u8;
typedef short int __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
#define bool _Bool
#define true 1
#define false 0
enum { BPF_MAP_TYPE_HASH = 1 };

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

// A counter is a structure around one int, whatever its name: atomic_t, refcount_t or struct kref.
struct counter {
    int value;
};

// Source: include/linux/ns_common.h. The counter is here since 5.11; __ns_ref is its name since 6.18.
struct ns_common {
    struct counter count, __ns_ref;
    unsigned int inum;
    __u64 ns_id;
};
struct uts_namespace {
    struct ns_common ns;
    struct counter kref; // until 5.10
};
struct ipc_namespace {
    struct ns_common ns;
    struct counter count;
};
struct mnt_namespace {
    struct ns_common ns;
    struct counter count;
};
struct pid_namespace {
    struct ns_common ns;
    struct counter kref;
};
struct net {
    struct ns_common ns;
    struct counter count;
};
struct time_namespace {
    struct ns_common ns;
    struct counter kref;
};
struct cgroup_namespace {
    struct ns_common ns;
    struct counter count;
};
struct user_namespace {
    struct ns_common ns;
    struct counter count;
};

struct nsproxy {
    struct counter count;
    struct uts_namespace *uts_ns;
    struct ipc_namespace *ipc_ns;
    struct mnt_namespace *mnt_ns;
    struct pid_namespace *pid_ns_for_children;
    struct net *net_ns;
    struct time_namespace *time_ns, *time_ns_for_children;
    struct cgroup_namespace *cgroup_ns;
};
struct cred {
    struct user_namespace *user_ns;
};
struct upid {
    int nr;
    struct pid_namespace *ns;
};
struct pid {
    unsigned int level;
    struct upid numbers[1];
};
struct fs_struct {
    int users;
};
struct files_struct {
    struct counter count;
};
struct sighand_struct {
    struct counter count;
};
struct mm_struct {
    int map_count;
};
struct task_struct {
    struct nsproxy *nsproxy;
    const struct cred *real_cred;
    struct pid *thread_pid;
    struct fs_struct *fs;
    struct files_struct *files;
    struct sighand_struct *sighand;
    struct mm_struct *mm;
};
struct seq_file {
    int dummy;
};
struct bpf_iter_meta {
    struct seq_file *seq;
};
struct bpf_iter__task {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};

#pragma clang attribute pop

struct nslab_question question SEC(".data.question") = {0};
struct nslab_task found; // too large for the stack; one reader at a time

static __always_inline __u32 number(const void *at) {
    __u32 value = 0;
    bpf_probe_read_kernel(&value, sizeof(value), at);
    return value;
}

static __always_inline void describe(struct nslab_ns *to, struct ns_common *ns) {
    to->common = (__u64)ns;
    to->id = 0;
    to->inum = BPF_CORE_READ(ns, inum);
    to->count = NSLAB_UNCOUNTED;
    if (bpf_core_field_exists(ns->ns_id)) to->id = BPF_CORE_READ(ns, ns_id);
    if (bpf_core_field_exists(ns->__ns_ref))
        to->count = number(&ns->__ns_ref);
    else if (bpf_core_field_exists(ns->count))
        to->count = number(&ns->count);
}

// A namespace of one type, and the counter that the type had of its own until 5.10.
#define DESCRIBE(to, namespace, own_counter)                                                                           \
    do {                                                                                                               \
        if (!(namespace)) {                                                                                            \
            (to)->common = 0;                                                                                          \
            break;                                                                                                     \
        }                                                                                                              \
        describe(to, &(namespace)->ns);                                                                                \
        if (bpf_core_field_exists((namespace)->own_counter)) (to)->count = number(&(namespace)->own_counter);          \
    } while (0)

SEC("iter/task")
int tasks(struct bpf_iter__task *ctx) {
    struct seq_file *seq = ctx->meta->seq;
    struct task_struct *task = ctx->task;
    if (!task) { // behind the last: the namespaces that are asked for
        __builtin_memset(&found, 0, sizeof(found));
        for (int i = 0; i < NSLAB_ASKED; ++i) {
            if (i >= question.asked) break;
            describe(&found.ns[0], (struct ns_common *)question.known[i]);
            bpf_seq_write(seq, &found, sizeof(found));
        }
        return 0;
    }

    // Its number in the world's PID namespace, which lies at some level between the machine's first and its own.
    struct pid *pid = BPF_CORE_READ(task, thread_pid);
    if (!pid) return 0;
    struct upid *numbers = __builtin_preserve_access_index(&pid->numbers[0]);
    const __u32 level = BPF_CORE_READ(pid, level);
    struct pid_namespace *own = 0;
    found.tid = 0;
    for (__u32 i = 0; i <= NSLAB_LEVELS; ++i) {
        if (i > level) break;
        struct upid upid = {};
        bpf_probe_read_kernel(&upid, sizeof(upid), numbers + i);
        own = upid.ns;
        if (BPF_CORE_READ(own, ns.inum) == question.pid_inum) found.tid = upid.nr;
    }
    if (!found.tid) return 0;
    struct user_namespace *user = BPF_CORE_READ(task, real_cred, user_ns);
    struct nsproxy *nsproxy = BPF_CORE_READ(task, nsproxy);
    found.nsproxy = (__u64)nsproxy;
    found.nsproxy_count = nsproxy ? number(&nsproxy->count) : 0;
    found.fs = (__u64)BPF_CORE_READ(task, fs);
    found.files = (__u64)BPF_CORE_READ(task, files);
    found.mm = (__u64)BPF_CORE_READ(task, mm);
    found.sighand = (__u64)BPF_CORE_READ(task, sighand);
    DESCRIBE(&found.ns[NSLAB_PID], own, kref);
    DESCRIBE(&found.ns[NSLAB_USER], user, count);
#define MEMBER(which, type, field, own_counter)                                                                        \
    do {                                                                                                               \
        struct type *ns = nsproxy ? BPF_CORE_READ(nsproxy, field) : 0;                                                 \
        DESCRIBE(&found.ns[which], ns, own_counter);                                                                   \
    } while (0)
    MEMBER(NSLAB_UTS, uts_namespace, uts_ns, kref);
    MEMBER(NSLAB_IPC, ipc_namespace, ipc_ns, count);
    MEMBER(NSLAB_MNT, mnt_namespace, mnt_ns, count);
    MEMBER(NSLAB_PID_FOR_CHILDREN, pid_namespace, pid_ns_for_children, kref);
    MEMBER(NSLAB_NET, net, net_ns, count);
    MEMBER(NSLAB_TIME, time_namespace, time_ns, kref);
    MEMBER(NSLAB_TIME_FOR_CHILDREN, time_namespace, time_ns_for_children, kref);
    MEMBER(NSLAB_CGROUP, cgroup_namespace, cgroup_ns, count);
    bpf_seq_write(seq, &found, sizeof(found));
    return 0;
}

char _license[] SEC("license") = "GPL";
