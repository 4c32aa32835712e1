// SPDX-License-Identifier: GPL-3.0-or-later
#include "gate/BusGuard.h"

#include <cerrno>
#include <csignal>
#include <mutex>
#include <sys/mman.h>

namespace fss {

namespace {

// A signal handler reads the list at any moment: ranges are used again and never
// freed.
std::atomic<BusGuard::Range *> first{nullptr};
std::mutex writing;
struct sigaction previous {};

// mmap() is a plain system call on Linux.
bool replace(uintptr_t address)
{
	for (const auto *range = first.load(); range != nullptr; range = range->next) {
		const auto start = range->start.load();
		const auto length = range->length.load();
		if (start == 0 || address < start || address - start >= length)
			continue;
		// NOLINTNEXTLINE(performance-no-int-to-ptr)
		void *const place = reinterpret_cast<void *>(start);
		if (mmap(place, length, PROT_READ | PROT_WRITE,
		         MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != place)
			return false;
		*range->mark.load() = BusGuard::replaced;
		return true;
	}
	return false;
}

void onBusError(int number, siginfo_t *info, void *context)
{
	const int saved = errno;
	const bool replaced =
	        info->si_code > 0 && replace(reinterpret_cast<uintptr_t>(info->si_addr));
	errno = saved;
	if (replaced)
		return;
	// It is somebody else's.
	if ((previous.sa_flags & SA_SIGINFO) != 0)
		previous.sa_sigaction(number, info, context);
	else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
		previous.sa_handler(number);
	else
		sigaction(number, &previous, nullptr); // the instruction is repeated
}

void install()
{
	static const bool once = [] {
		struct sigaction action {};
		action.sa_sigaction = onBusError;
		action.sa_flags = SA_SIGINFO | SA_RESTART;
		sigemptyset(&action.sa_mask);
		sigaction(SIGBUS, nullptr, &previous);
		return sigaction(SIGBUS, &action, nullptr) == 0;
	}();
	(void)once;
}

BusGuard::Range &freeRange()
{
	for (auto *range = first.load(); range != nullptr; range = range->next)
		if (range->start == 0)
			return *range;
	auto *range = new BusGuard::Range;
	range->next = first.load();
	first = range;
	return *range;
}

BusGuard::Range &take(void *memory, size_t length, std::atomic<uint64_t> &mark)
{
	install();
	const std::lock_guard lock(writing);
	auto &range = freeRange();
	range.length = length;
	range.mark = &mark;
	range.start = reinterpret_cast<uintptr_t>(memory);
	return range;
}

} // namespace

BusGuard::BusGuard(void *memory, size_t length, std::atomic<uint64_t> &mark)
        : range_(take(memory, length, mark))
{
}

BusGuard::~BusGuard()
{
	range_.start = 0;
}

} // namespace fss
