// What the program in the kernel writes and its reader in the sandbox reads. Plain C, for both.
#ifndef NSLAB_BPF_RECORD_H
#define NSLAB_BPF_RECORD_H

enum {
    NSLAB_UTS,
    NSLAB_IPC,
    NSLAB_MNT,
    NSLAB_PID_FOR_CHILDREN,
    NSLAB_NET,
    NSLAB_TIME,
    NSLAB_TIME_FOR_CHILDREN,
    NSLAB_CGROUP,
    NSLAB_PID,
    NSLAB_USER,
    NSLAB_NAMESPACES,
};

struct nslab_ns {
    unsigned long long common;  // address of its struct ns_common, 0 where there is none
    unsigned long long id;      // never used again; 0 before Linux 6.18
    unsigned int inum, count;
};
// The count of a namespace that is asked for by its address, before Linux 5.11: each type had a counter of its own.
#define NSLAB_UNCOUNTED (~0u)

// A task of the world, a thread too; or, behind all of them, a namespace that is asked for: then `tid` is 0 and the
// first of `ns` is it, with what it has now.
struct nslab_task {
    unsigned int tid;           // in the world's PID namespace
    unsigned int nsproxy_count;
    unsigned long long nsproxy; // addresses; 0 where it has none any more
    unsigned long long fs, files, mm, sighand;
    struct nslab_ns ns[NSLAB_NAMESPACES];
};

// What is asked for: tasks that have a number in the PID namespace `pid_inum`, and namespaces known from before.
enum { NSLAB_ASKED = 256, NSLAB_LEVELS = 32 };
struct nslab_question {
    unsigned int pid_inum, asked;
    unsigned long long known[NSLAB_ASKED];
};

#endif
