// What every exported C program has around its calls.

namespace nslab {

extern const char* const kExportHead;
extern const char* const kExportTail;

const char* const kExportHead = R"c(
/*
 * Written by nslab. Build: cc -static -o scenario scenario.c (static, since a program that is executed in its world finds
 * no library there). Run as root: it plays in fresh mount, PID, UTS, IPC and network namespaces on an empty tmpfs, prints
 * every system call with its result, and says where that differs from what nslab's model said. Exit status: 0 as the
 * model, 1 not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Numbers of newer calls, for older headers; they are the same on every architecture. */
#define NR(name) SYS_##name
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#define SYS_fspick 433
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_statmount
#define SYS_statmount 457
#define SYS_listmount 458
#endif
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif

enum kind { PLAIN, BEGINS, ENDS, EXITS };
#define ANY -2L /* any result that is no error */

/* One system call: who makes it, which process it makes, its line in the scenario, what the model said. */
struct step {
	int actor, child, line;
	long (*call)(void);
	const char *text;
	enum kind kind;
	long value;
	int error;
};
struct reply {
	long value;
	int error, actor;
};

static char out[1 << 20] __attribute__((unused)); /* what calls write */
static int acting;                                /* the number of the step that is performed */
static unsigned int roots[2];                     /* the capabilities of root, who has not all in a container */
static unsigned long first_user;                  /* the inode of the user namespace that it begins in */
static void act(int me);

__attribute__((unused)) static void handle(int signal)
{
	(void)signal;
}

static int shared_child(void *child)
{
	act((int)(long)child);
	return 0;
}

/* Makes a process or a thread that shares our memory: on a stack of its own. */
__attribute__((unused)) static long share(long call, unsigned long flags, long child)
{
	const size_t size = 1 << 16;
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (!child) { /* it fails, as the model says */
		unsigned long args[11] = {flags & ~0xffUL, 0, 0, 0, flags & 0xff, (unsigned long)stack, size};

		return call == SYS_clone ? syscall(SYS_clone, flags, stack + size, 0L, 0L, 0L)
					 : syscall(SYS_clone3, args, sizeof(args));
	}
	/* Where flags ask for it a pidfd is written where clone(2) writes the PID, and in the same place by clone3(2). */
	return clone(shared_child, stack + size, (int)flags, (void *)child, (void *)out, NULL, (void *)out);
}

__attribute__((unused)) static long action(int sig, void (*handler)(int), unsigned long flags, unsigned long mask,
					   void *old, unsigned long size)
{
	struct sigaction act = {.sa_handler = handler, .sa_flags = (int)flags};
	struct {
		void (*handler)(int);
		unsigned long flags, restorer, mask;
	} raw = {handler, flags, 0, mask};
	int i;

	if (size != 8 || old == (void *)1 || sig < 1 || sig > 64)
		return syscall(SYS_rt_sigaction, (long)sig, &raw, old, size);
	for (i = 1; i < 65; i++)
		if (mask >> (i - 1) & 1)
			sigaddset(&act.sa_mask, i);
	return sigaction(sig, &act, NULL);
}

static unsigned long user_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) ? 0 : st.st_ino;
}

/* What root of this machine has not got nobody gets here, but in a user namespace of the scenario's own. */
__attribute__((unused)) static long capset_within(unsigned int version, int pid, unsigned int *sets)
{
	if (sets && user_namespace() == first_user)
		for (int i = 0; i < 6; i++)
			sets[i] &= roots[i / 3];
	return syscall(SYS_capset, (unsigned int[]){version, (unsigned int)pid}, sets);
}

/* Another program is this one again: it goes on where it was. */
__attribute__((unused)) static long execute(const char *file)
{
	char words[4][24];
	char *argv[] = {"scenario", words[0], words[1], words[2], words[3], NULL}, *envp[] = {NULL};

	snprintf(words[0], sizeof(words[0]), "%d", acting);
	snprintf(words[1], sizeof(words[1]), "%u", roots[0]);
	snprintf(words[2], sizeof(words[2]), "%u", roots[1]);
	snprintf(words[3], sizeof(words[3]), "%lu", first_user);
	return syscall(SYS_execve, file, argv, envp);
}
)c";

const char* const kExportTail = R"c(
/* Descriptors of our own, out of the way: the first that a call opens is 3. */
#define REPLIES 400
#define COMMANDS 500

static void move_fd(int from, int to)
{
	if (dup2(from, to) < 0) {
		perror("dup2");
		exit(2);
	}
	close(from);
}

static void make_pipes(void)
{
	int ends[2], i;

	for (i = 3; i < REPLIES; i++)
		close(i);
	for (i = 0; i <= ACTORS; i++) {
		int at = i == ACTORS ? REPLIES : COMMANDS + 2 * i;

		if (pipe(ends)) {
			perror("pipe");
			exit(2);
		}
		move_fd(ends[0], at);
		move_fd(ends[1], at + 1);
	}
}

/* A process waits for the numbers of its steps, performs them and tells what came of them. */
/* The number of the next step; false at the end. A signal handler that has run is no end. */
static int next_step(int me, int *number)
{
	ssize_t size;

	do
		size = read(COMMANDS + 2 * me, number, sizeof(*number));
	while (size == -1 && errno == EINTR);
	return size == sizeof(*number);
}

static void act(int me)
{
	int number;

	while (next_step(me, &number)) {
		struct reply reply;

		errno = 0;
		acting = number;
		reply.value = steps[number].call();
		reply.error = reply.value == -1 ? errno : 0;
		reply.actor = me;
		if (steps[number].child && reply.value == 0) {
			me = steps[number].child; /* we are the new process */
			continue;
		}
		if (write(REPLIES + 1, &reply, sizeof(reply)) != sizeof(reply))
			break;
	}
	_exit(0);
}

static void must(long result, const char *what)
{
	if (result == 0)
		return;
	perror(what);
	_exit(2);
}

/* PID 1: makes the world, then the first process, and reaps what falls to it. */
static void init(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	must(setsid() < 0, "setsid"); /* kill(0, ...) reaches the world alone */
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make-rprivate /");
	must(mount("none", "/tmp", "tmpfs", 0, NULL), "a tmpfs on /tmp");
	must(chdir("/tmp"), "chdir");
	must(mkdir("proc", 0755), "mkdir");
	must(mount("proc", "proc", "proc", 0, NULL), "proc");
	must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "umount of the old root");
	must(chdir("/"), "chdir");
	umask(022);
	if (SHARED_ROOT)
		must(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), "make-rshared /");
	if (fork() == 0)
		act(2);
	for (;;)
		if (wait(NULL) < 0)
			pause();
}

static int tell(const struct step *s)
{
	static struct reply early[ACTORS]; /* of those who have answered before they were asked */
	static int is_early[ACTORS];
	struct reply r;

	while (!is_early[s->actor]) {
		if (read(REPLIES, &r, sizeof(r)) != sizeof(r)) {
			perror("read");
			exit(2);
		}
		early[r.actor] = r;
		is_early[r.actor] = 1;
	}
	r = early[s->actor];
	is_early[s->actor] = 0;
	printf("%d: %s: %s = %ld%s%s\n", s->line, actor_names[s->actor], s->text, r.value, r.error ? " " : "",
	       r.error ? strerrorname_np(r.error) : "");
	if (r.error == s->error && (r.value == s->value || (s->value == ANY && r.value >= 0)))
		return 0;
	printf("    nslab's model of Linux " MODEL " says ");
	if (s->error || s->value == ANY)
		printf("%s\n", s->error ? strerrorname_np(s->error) : "that it succeeds");
	else
		printf("%ld\n", s->value);
	return 1;
}

int main(int argc, char **argv)
{
	unsigned int i;
	int differences = 0;
	unsigned int sets[6];
	cpu_set_t one;
	pid_t world;

	if (argc > 4) { /* execve was called: it has succeeded */
		struct reply fine = {0, 0, 0};

		roots[0] = (unsigned int)strtoul(argv[2], NULL, 10);
		roots[1] = (unsigned int)strtoul(argv[3], NULL, 10);
		first_user = strtoul(argv[4], NULL, 10);
		i = (unsigned int)atoi(argv[1]);
		fine.actor = steps[i].actor;
		if (write(REPLIES + 1, &fine, sizeof(fine)) == sizeof(fine))
			act(steps[i].actor);
		return 0;
	}
	if (executes && getauxval(AT_BASE)) { /* a loader has brought it here, and there is none in its world */
		fprintf(stderr, "%s: it executes itself where there are no libraries: build it with cc -static\n", argv[0]);
		return 2;
	}
	if (syscall(SYS_capget, (unsigned int[]){0x20080522, 0}, sets) == 0) {
		roots[0] = sets[1]; /* permitted */
		roots[1] = sets[4];
	}
	first_user = user_namespace();
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	make_pipes();
	/* One processor for all: the ids of namespaces come in batches per processor, and Linux 6.18 compares them. */
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)) {
		perror("unshare");
		return 2;
	}
	world = fork();
	if (world == 0)
		init();
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct step *s = &steps[i];

		if (s->kind != ENDS && write(COMMANDS + 2 * s->actor + 1, &i, sizeof(i)) != sizeof(i)) {
			perror("write");
			return 2;
		}
		if (s->kind == EXITS) {
			printf("%d: %s: %s = ?\n", s->line, actor_names[s->actor], s->text);
			usleep(50000); /* until it is a zombie */
		} else if (s->kind == BEGINS) {
			usleep(50000); /* until it sleeps */
		} else {
			differences += tell(s);
			if (strstr(s->text, "kill(") || strstr(s->text, "send_signal("))
				usleep(50000); /* until it is dead */
		}
	}
	kill(world, SIGKILL);
	waitpid(world, NULL, 0);
	printf("%d %s\n", differences, differences == 1 ? "difference" : "differences");
	return differences != 0;
}
)c";

} // namespace nslab
