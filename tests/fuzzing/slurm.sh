#!/bin/bash
# The job array of docs/fuzz.md on a Slurm of one machine comes to the same as the whole campaign: NSLAB SOURCES.
# slurmctld, slurmd and munged run in namespaces of their own and end with them.
set -euo pipefail
nslab=$(readlink -f "$1")
for program in munged slurmctld slurmd sbatch; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || {
        echo "skipped: Slurm is not installed (slurmctld, slurmd, slurm-client, munge): $program"
        exit 77
    }
done
((EUID == 0)) || { echo "skipped: slurmd runs as root only" && exit 77; }
if [[ ${2-} != inside ]]; then
    exec unshare --mount --uts --net --ipc --pid --fork --kill-child --mount-proc "$0" "$nslab" inside
fi

# Everything that the three write lies in a directory that nobody else has.
PATH=$PATH:/usr/sbin
hostname box
ip link set lo up
ip address add 192.0.2.1/32 dev lo # getaddrinfo(3) with AI_ADDRCONFIG counts no address of 127.0.0.0/8
scratch=$(mktemp -d)
mount -t tmpfs scratch "$scratch"
mkdir -m 700 "$scratch"/{munge,state,spool}
mkdir "$scratch/job"
printf "192.0.2.1 box\n127.0.0.1 localhost\n" >"$scratch/hosts"
mount --bind "$scratch/hosts" /etc/hosts
export SLURM_CONF=$scratch/slurm.conf
head -c 128 /dev/urandom >"$scratch/munge/key"
chmod 400 "$scratch/munge/key"
cat >"$SLURM_CONF" <<EOF
ClusterName=box
SlurmctldHost=box
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$scratch/munge/socket
CredType=cred/munge
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdLogFile=$scratch/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000
MailProg=/bin/true
ReturnToService=2
NodeName=box CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=box Default=YES MaxTime=INFINITE State=UP
EOF
munged --force --key-file="$scratch/munge/key" --socket="$scratch/munge/socket" --pid-file="$scratch/munge/pid" \
    --log-file="$scratch/munge/log" --seed-file="$scratch/munge/seed" --num-threads=2
slurmctld
slurmd
trouble() {
    tail -n 30 "$scratch"/*.log "$scratch"/job/* >&2
    exit 1
}
until [[ $(sinfo --noheader --format=%t 2>/dev/null) == idle ]]; do
    ((SECONDS < 60)) || trouble
    sleep 0.1
done

# The command of docs/fuzz.md, with one seed a part.
cd "$scratch/job"
mkdir "$scratch/bin"
ln -s "$nslab" "$scratch/bin/nslab"
export PATH=$scratch/bin:$PATH
# What cannot be compared here is only played in the model.
against=kernel
nslab fuzz --runs 1 >/dev/null 2>&1 || { (($? == 4)) && against=audit; }
sbatch --quiet --wait --array=0-3 --wrap "nslab fuzz --against $against"' --seed $((1 + 1 * SLURM_ARRAY_TASK_ID)) --runs 64 --state part-$SLURM_ARRAY_TASK_ID.json' || trouble
nslab fuzz --merge part-*.json --format json >merged.json || trouble
nslab fuzz --against "$against" --seed 1 --runs 256 --format json >whole.json || trouble
# How long it took, and how often the kernel was looked at again, are all that may differ.
without_time() { sed 's/"seconds":[^,]*,//; s/"again":[^,]*,//' "$1"; }
cmp <(without_time merged.json) <(without_time whole.json) || trouble
nslab fuzz --merge part-*.json
