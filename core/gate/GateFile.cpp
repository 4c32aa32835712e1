// SPDX-License-Identifier: GPL-3.0-or-later
#include "gate/GateFile.h"

#include "base/Owner.h"

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <utility>

namespace fss {

static_assert(std::atomic<GateTime>::is_always_lock_free);
static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));

namespace {

constexpr char magic[8] = "FSSGATE";
constexpr uint32_t version = 1;
constexpr std::chrono::milliseconds claimPatience{5000};

enum LockByte : off_t { Holding = 0, Claiming = 1 };

bool lockByte(int fd, short type, off_t byte)
{
	struct flock lock {};
	lock.l_type = type;
	lock.l_whence = SEEK_SET;
	lock.l_start = byte;
	lock.l_len = 1;
	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

/// The short lock under which slots are given away.
class ClaimLock {
public:
	explicit ClaimLock(int fd) : fd_(fd)
	{
		const auto end = std::chrono::steady_clock::now() + claimPatience;
		while (!(locked_ = lockByte(fd_, F_WRLCK, Claiming)) &&
		       std::chrono::steady_clock::now() < end)
			std::this_thread::sleep_for(std::chrono::milliseconds(1));
	}
	~ClaimLock()
	{
		if (locked_)
			lockByte(fd_, F_UNLCK, Claiming);
	}
	ClaimLock(const ClaimLock &) = delete;
	ClaimLock &operator=(const ClaimLock &) = delete;
	explicit operator bool() const { return locked_; }

private:
	int fd_;
	bool locked_ = false;
};

void futexWake(std::atomic<uint32_t> &word)
{
	syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void futexWaitUntil(std::atomic<uint32_t> &word, uint32_t seen, GateTime until)
{
	const struct timespec time = {static_cast<time_t>(until / 1'000'000'000),
	                              static_cast<long>(until % 1'000'000'000)};
	syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, seen, &time, nullptr, FUTEX_BITSET_MATCH_ANY);
}

// A volume's id as a file name.
std::string fileName(const VolumeId &volume)
{
	std::string name;
	for (const char c : volume)
		name += std::isalnum(static_cast<unsigned char>(c)) || c == '-' ? c : '_';
	return fmt::format("{}.v{}", name, version);
}

Result<Fd> openDirectory(const std::string &path)
{
	if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
		return fail(HResult::Fail, fmt::format("make '{}'", path), errno);
	Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	struct stat info {};
	if (!fd || fstat(fd.get(), &info) != 0)
		return fail(HResult::Fail, fmt::format("open '{}'", path), errno);
	if (info.st_uid != geteuid() || (info.st_mode & 022) != 0)
		return fail(HResult::Fail, fmt::format("use '{}'", path), 0,
		            "it must be root's and writable for nobody else; remove it");
	return fd;
}

} // namespace

GateTime gateNow()
{
	struct timespec now {};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
	       static_cast<uint64_t>(now.tv_nsec);
}

GateTime after(std::chrono::milliseconds time)
{
	return gateNow() + static_cast<GateTime>(std::chrono::nanoseconds(time).count());
}

bool GateSlot::alive() const
{
	return Owner{Owner::thisBoot(), pid.load(), start.load()}.alive();
}

Result<GateFile> GateFile::open(const std::string &directory, const VolumeId &volume)
{
	auto parent = openDirectory(directory);
	if (!parent)
		return tl::unexpected(parent.error());
	const auto name = fileName(volume);
	const auto path = directory + "/" + name;
	Fd fd(openat(parent->get(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (!fd)
		return fail(HResult::Fail, fmt::format("open '{}'", path), errno);
	if (auto ready = initialise(fd.get(), path); !ready)
		return tl::unexpected(ready.error());
	void *const memory = mmap(nullptr, offsetOf(maximumSlots), PROT_READ | PROT_WRITE,
	                          MAP_SHARED, fd.get(), 0);
	if (memory == MAP_FAILED)
		return fail(HResult::Fail, fmt::format("map '{}'", path), errno);
	return GateFile(std::move(fd), memory);
}

Result<void> GateFile::initialise(int fd, const std::string &path)
{
	const ClaimLock lock(fd);
	if (!lock)
		return fail(HResult::Fail, fmt::format("lock '{}'", path), EAGAIN,
		            "a process holds the lock and does not go on");
	Header header{};
	const auto size = pread(fd, static_cast<void *>(&header), sizeof(header), 0);
	if (size < 0)
		return fail(HResult::Fail, fmt::format("read '{}'", path), errno);
	const auto &boot = Owner::thisBoot();
	const bool whole = size == sizeof(header) &&
	                   memcmp(header.magic, magic, sizeof(magic)) == 0 &&
	                   header.version == version &&
	                   strncmp(header.boot, boot.c_str(), sizeof(header.boot)) == 0;
	if (whole)
		return {};
	// Of an earlier boot, or new: nobody has it mapped.
	Header fresh{};
	memcpy(fresh.magic, magic, sizeof(magic));
	fresh.version = version;
	boot.copy(fresh.boot, sizeof(fresh.boot) - 1);
	// The file is as long as its map, and gets its memory as slots are claimed.
	const bool written =
	        ftruncate(fd, 0) == 0 &&
	        ftruncate(fd, static_cast<off_t>(offsetOf(maximumSlots))) == 0 &&
	        posix_fallocate(fd, 0, sizeof(fresh)) == 0 &&
	        pwrite(fd, static_cast<const void *>(&fresh), sizeof(fresh), 0) == sizeof(fresh);
	if (!written)
		return fail(HResult::Fail, fmt::format("write '{}'", path), errno);
	return {};
}

GateFile::GateFile(GateFile &&other) noexcept
        : fd_(std::move(other.fd_)), header_(std::exchange(other.header_, nullptr))
{
}

GateFile::~GateFile()
{
	if (header_ != nullptr)
		munmap(header_, offsetOf(maximumSlots));
}

size_t GateFile::offsetOf(size_t slot)
{
	return sizeof(Header) + slot * sizeof(GateSlot);
}

GateSlot *GateFile::slots() const
{
	return reinterpret_cast<GateSlot *>(reinterpret_cast<char *>(header_) + offsetOf(0));
}

Result<GateSlot *> GateFile::claim()
{
	const ClaimLock lock(fd_.get());
	if (!lock)
		return fail(HResult::Fail, "lock the write gate", EAGAIN,
		            "a process holds the lock and does not go on");
	const size_t count = slotCount();
	size_t found = 0;
	// A pid that does not exist is enough: one that came again keeps the slot.
	const auto isFree = [](const GateSlot &slot) {
		const auto pid = slot.pid.load();
		return pid == 0 || (kill(pid, 0) != 0 && errno == ESRCH);
	};
	while (found < count && !isFree(slots()[found]))
		found++;
	if (found == maximumSlots)
		return fail(HResult::Fail, "join the write gate", EUSERS,
		            "too many connections to one volume");
	if (const int error = posix_fallocate(fd_.get(), static_cast<off_t>(offsetOf(found)),
	                                      sizeof(GateSlot));
	    error != 0)
		return fail(HResult::Fail, "join the write gate", error);
	auto &slot = slots()[found];
	slot.inside = 0;
	slot.start = Owner::self().startTime;
	slot.pid = getpid();
	if (found == count)
		header_->slots.store(static_cast<uint32_t>(count + 1), std::memory_order_release);
	return &slot;
}

void GateFile::reopen()
{
	header_->heldUntil = 0;
	header_->opened++;
	futexWake(header_->opened);
}

bool GateFile::mayPass()
{
	auto until = heldUntil();
	if (until == 0)
		return true;
	if (gateNow() < until && isLocked())
		return false;
	// Its holder is late or dead. Another may have closed it meanwhile.
	if (header_->heldUntil.compare_exchange_strong(until, 0)) {
		header_->opened++;
		futexWake(header_->opened);
	}
	return heldUntil() == 0;
}

void GateFile::waitUntilOpen(std::chrono::milliseconds limit)
{
	const auto seen = header_->opened.load();
	if (!mayPass())
		futexWaitUntil(header_->opened, seen, std::min(heldUntil(), after(limit)));
}

bool GateFile::tryLock()
{
	return lockByte(fd_.get(), F_WRLCK, Holding);
}

void GateFile::unlock()
{
	lockByte(fd_.get(), F_UNLCK, Holding);
}

bool GateFile::isLocked() const
{
	struct flock lock {};
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	lock.l_start = Holding;
	lock.l_len = 1;
	return fcntl(fd_.get(), F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

void GateFile::noteLeft()
{
	header_->left++;
	futexWake(header_->left);
}

void GateFile::waitForNote(uint32_t seen, std::chrono::milliseconds limit)
{
	futexWaitUntil(header_->left, seen, after(limit));
}

} // namespace fss
