/* SPDX-License-Identifier: MIT */
#include "netprobe/net/resolve.h"

#include "netprobe/base/mem.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* With files and dns in nsswitch.conf(5), 16 KB of it are ever touched; other modules may want
 * more. */
enum { STACK_SIZE = 256 * 1024 };

/* Asks the system about what stands in *res and puts the answer there. Returns 0 or an EAI_ code.
 */
typedef int question(struct resolution *res, int family);

struct job {
	struct resolution res;
	question *ask;
	struct job *next;
};

struct queue {
	struct job *first;
	struct job **end;
	size_t count;
};

/*
 * Shared by its owner and its threads; whoever lets go of it last frees it. The eventfd is written
 * to when the first answer comes and emptied when the last one is taken.
 */
struct resolver {
	pthread_mutex_t lock;
	pthread_cond_t work;
	int family;
	unsigned max_threads;
	int fd;
	size_t pending; /* the owner's alone */

	/* under the lock */
	unsigned holders; /* the owner and the threads */
	unsigned threads;
	unsigned idle; /* of them */
	bool closing;
	struct queue waiting;
	struct queue done;
};

static void queue_init(struct queue *q)
{
	*q = (struct queue){.end = &q->first};
}

static void queue_add(struct queue *q, struct job *job)
{
	job->next = NULL;
	*q->end = job;
	q->end = &job->next;
	q->count++;
}

static struct job *queue_take(struct queue *q)
{
	struct job *job = q->first;

	if (!job)
		return NULL;
	q->first = job->next;
	if (!q->first)
		q->end = &q->first;
	q->count--;
	return job;
}

static void job_free(struct job *job)
{
	resolution_release(&job->res);
	free(job);
}

static void queue_release(struct queue *q)
{
	for (struct job *job; (job = queue_take(q));)
		job_free(job);
}

static const char *why_text(int status, int error)
{
	switch (status) {
	case 0:
		return NULL;
	case EAI_SYSTEM:
		return strerror(error);
	case EAI_NONAME:
		return "name not found";
	case EAI_AGAIN:
		return "no usable answer from the name server";
	case EAI_FAIL:
		return "the name server refused or failed";
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return "the name has no address of this family";
	default:
		return gai_strerror(status);
	}
}

static void add_address(struct resolution *res, const struct sockaddr *sa)
{
	struct addr a;

	addr_from_sockaddr(&a, sa);
	a.port = 0;
	if (a.family == 0)
		return;
	for (size_t i = 0; i < res->count; i++)
		if (addr_compare(&res->addrs[i], &a) == 0)
			return;
	res->addrs[res->count++] = a;
}

static void keep_addresses(struct resolution *res, const struct addrinfo *list)
{
	size_t count = 0;

	for (const struct addrinfo *ai = list; ai; ai = ai->ai_next)
		count++;
	res->addrs = mem_alloc(count, sizeof *res->addrs);
	for (const struct addrinfo *ai = list; ai; ai = ai->ai_next)
		add_address(res, ai->ai_addr);
}

/* No AI_ADDRCONFIG: what the name has is asked, not what we can reach. */
static int ask_addresses(struct resolution *res, int family)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	int status;

	hints.ai_family = family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNSPEC;
	status = getaddrinfo(res->name, NULL, &hints, &list);
	if (status)
		return status;
	keep_addresses(res, list);
	freeaddrinfo(list);
	return res->count ? 0 : EAI_NODATA;
}

/* The family is that of the address. */
static int ask_name(struct resolution *res, int family)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&res->addrs[0], &sa);
	char name[NI_MAXHOST];
	int status =
		getnameinfo((struct sockaddr *)&sa, len, name, sizeof name, NULL, 0, NI_NAMEREQD);

	(void)family;
	if (status == 0)
		res->name = mem_strdup(name);
	return status;
}

static void look_up(struct resolution *res, question *ask, int family)
{
	nsec_t start = clock_now();
	int error;

	errno = 0;
	res->status = ask(res, family);
	error = errno;
	res->elapsed = clock_now() - start;
	res->why = why_text(res->status, error);
}

void resolve_now(const char *name, int family, struct resolution *out)
{
	*out = (struct resolution){.name = mem_strdup(name)};
	look_up(out, ask_addresses, family);
}

void resolution_release(struct resolution *res)
{
	free(res->name);
	free(res->addrs);
	*res = (struct resolution){0};
}

/* Called with the lock, which it lets go. */
static void let_go(struct resolver *r)
{
	bool last = --r->holders == 0;

	pthread_mutex_unlock(&r->lock);
	if (!last)
		return;
	pthread_cond_destroy(&r->work);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* Called with the lock. */
static void deliver(struct resolver *r, struct job *job)
{
	if (r->done.count == 0)
		eventfd_write(r->fd, 1);
	queue_add(&r->done, job);
}

/* Called with the lock. The next question, NULL when it is time to end. */
static struct job *wait_for_work(struct resolver *r)
{
	r->idle++;
	while (!r->closing && r->waiting.count == 0)
		pthread_cond_wait(&r->work, &r->lock);
	r->idle--;
	return r->closing ? NULL : queue_take(&r->waiting);
}

static void *work(void *arg)
{
	struct resolver *r = arg;

	pthread_mutex_lock(&r->lock);
	for (struct job *job; (job = wait_for_work(r));) {
		pthread_mutex_unlock(&r->lock);
		look_up(&job->res, job->ask, r->family);
		pthread_mutex_lock(&r->lock);
		if (r->closing)
			job_free(job);
		else
			deliver(r, job);
	}
	let_go(r);
	return NULL;
}

/* Signals belong to the main thread: the new one inherits a mask that blocks them all. */
static int create_thread(struct resolver *r)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	int err = pthread_attr_init(&attr);

	if (err)
		return err;
	sigfillset(&all);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, &attr, work, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return err;
}

/* Called with the lock. */
static int start_thread(struct resolver *r)
{
	int err = create_thread(r);

	if (err)
		return err;
	r->threads++;
	r->holders++;
	return 0;
}

struct resolver *resolver_new(int family, unsigned max_threads)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct resolver *r;

	if (fd < 0)
		return NULL;
	r = mem_alloc(1, sizeof *r);
	r->family = family;
	r->max_threads = max_threads ? max_threads : 1;
	r->fd = fd;
	r->holders = 1;
	queue_init(&r->waiting);
	queue_init(&r->done);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work, NULL);
	return r;
}

void resolver_free(struct resolver *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->closing = true;
	queue_release(&r->waiting);
	queue_release(&r->done);
	close(r->fd);
	pthread_cond_broadcast(&r->work);
	let_go(r);
}

int resolver_fd(const struct resolver *r)
{
	return r->fd;
}

/* Called with the lock: nobody will ever ask the waiting questions. */
static void refuse_waiting(struct resolver *r, int error)
{
	for (struct job *job; (job = queue_take(&r->waiting));) {
		job->res.status = EAI_SYSTEM;
		job->res.why = why_text(EAI_SYSTEM, error);
		deliver(r, job);
	}
}

/* Takes the job over. */
static void submit(struct resolver *r, struct job *job)
{
	int err = 0;

	r->pending++;
	pthread_mutex_lock(&r->lock);
	queue_add(&r->waiting, job);
	/* threads woken for earlier questions still count as idle until they run */
	if (r->waiting.count > r->idle && r->threads < r->max_threads)
		err = start_thread(r);
	if (err && r->threads == 0)
		refuse_waiting(r, err);
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->lock);
}

void resolver_submit(struct resolver *r, const char *name, void *user)
{
	struct job *job = mem_alloc(1, sizeof *job);

	job->res.name = mem_strdup(name);
	job->res.user = user;
	job->ask = ask_addresses;
	submit(r, job);
}

void resolver_submit_addr(struct resolver *r, const struct addr *addr, void *user)
{
	struct job *job = mem_alloc(1, sizeof *job);

	job->res.addrs = mem_alloc(1, sizeof *addr);
	job->res.addrs[0] = *addr;
	job->res.count = 1;
	job->res.user = user;
	job->ask = ask_name;
	submit(r, job);
}

size_t resolver_pending(const struct resolver *r)
{
	return r->pending;
}

bool resolver_take(struct resolver *r, struct resolution *out)
{
	struct job *job;
	eventfd_t count;

	pthread_mutex_lock(&r->lock);
	job = queue_take(&r->done);
	if (job && r->done.count == 0)
		eventfd_read(r->fd, &count);
	pthread_mutex_unlock(&r->lock);
	if (!job)
		return false;
	*out = job->res;
	free(job);
	r->pending--;
	return true;
}
